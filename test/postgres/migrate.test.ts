import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/postgres/migrate.ts';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** Of node-pg-migrate, which holds it while it migrates. */
const migrationLock = '7241865325823964';

let database: TestDatabase;
let admin: Client;
beforeEach(async () => {
  database = await createDatabase();
  admin = new Client({ connectionString: database.url, application_name: 'test admin' });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await database.drop();
});

/** Asks of each connection that migrates; as many answers as there are. */
async function ofMigrating<Answer>(what: string): Promise<Answer[]> {
  const { rows } = await admin.query<{ answer: Answer }>(
    `select ${what} as answer from pg_stat_activity
     where datname = current_database() and application_name = 'pushledger migrate'`,
  );
  return rows.map(({ answer }) => answer);
}

test('a connection that is lost while it migrates fails the migration and not the process, and the next one succeeds', async () => {
  await admin.query(`select pg_advisory_lock(${migrationLock})`);
  const lost = migrate(database.url);
  lost.catch(() => undefined);
  await until('the wait for the lock', async () => (await ofMigrating('wait_event')).includes('advisory'));
  expect(await ofMigrating('pg_terminate_backend(pid)')).toEqual([true]);
  await expect(lost).rejects.toThrow();
  await admin.query(`select pg_advisory_unlock(${migrationLock})`);
  await migrate(database.url);
  // The server sees the goodbye a moment later.
  await until('no connection', async () => (await ofMigrating('pid')).length === 0);
});
