import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/postgres/migrate.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { ask } from '../../support/postgres-server.ts';

describe('migrating', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(() => database.drop());

  const applied = () =>
    ask(database.url, `select string_agg(name, ' ' order by id) from pushledger.migrations`);

  it('a second time changes nothing and keeps what is there', async () => {
    await migrate(database.url);
    const first = await applied();
    expect(first).toMatch(/^0001_event-store 0002_checkpoints/);
    await ask(
      database.url,
      `insert into pushledger.checkpoints values ('kept', gen_random_uuid(), 'postgres', 7, null)`,
    );
    await migrate(database.url);
    expect(await applied()).toBe(first);
    expect(await ask(database.url, 'select position::int from pushledger.checkpoints')).toBe(7);
  });

  it('from several processes at once applies each step once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => migrate(database.url)));
    const names = String(await applied()).split(' ');
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('0001_event-store');
    expect(await ask(database.url, 'select count(*)::int from pushledger.events')).toBe(0);
  });
});
