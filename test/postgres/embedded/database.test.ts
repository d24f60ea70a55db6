import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../support/database.ts';
import { ask } from '../../support/postgres-server.ts';

describe('a database for a spec file', () => {
  test('is its own, may be a copy, and is dropped though somebody is connected', async () => {
    const original = await createDatabase();
    await ask(original.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const copy = await createDatabase({ template: new URL(original.url).pathname.slice(1) });
    expect(copy.url).not.toBe(original.url);
    expect(await ask(copy.url, 'SELECT answer FROM kept')).toBe(42);

    const connected = ask(copy.url, 'SELECT pg_sleep(60)');
    const cut = expect(connected).rejects.toThrow('terminating connection');
    await expect
      .poll(() =>
        ask(
          original.url,
          "SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
        ),
      )
      .toBe(1);
    await copy.drop();
    await cut;
    await expect(ask(copy.url, 'SELECT 1')).rejects.toThrow('does not exist');
    await original.drop();
  });
});
