import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { runner } from 'node-pg-migrate';
import pg from 'pg';

type Dump = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/**
 * Every row of every table as the first release left them (migrations 0001 to 0005): it was given all recorded
 * deliveries, one of them twice, and one that is no push; all messages were sent. Made by that program itself.
 */
export const firstRelease: Dump = JSON.parse(
  gunzipSync(readFileSync(new URL('../fixtures/first-release.json.gz', import.meta.url))).toString(),
);

/** When it was made. */
export const firstReleaseAt = new Date(
  Math.max(...rowsOf('pushledger.notifications').map(({ sent_at }) => Date.parse(String(sent_at)))),
);

export function rowsOf(table: string): Dump[string] {
  const rows = firstRelease[table];
  if (!rows) throw new Error(`the first release had no table ${table}`);
  return rows;
}

const migrations = fileURLToPath(new URL('../../../src/postgres/migrations', import.meta.url));

/** Makes an empty database into one that the first release has left. */
export async function restoreFirstRelease(databaseUrl: string): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'pushledger-migrations-'));
  try {
    for (const name of await readdir(migrations))
      if (name < '0006') await cp(join(migrations, name), join(dir, name));
    await runner({
      ...{ databaseUrl, dir, direction: 'up', checkOrder: true, log: () => undefined },
      ...{ migrationsTable: 'migrations', migrationsSchema: 'pushledger', createMigrationsSchema: true },
    });
  } finally {
    await rm(dir, { recursive: true });
  }
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    // Neither the order of the tables nor the triggers matter for what was right before.
    await client.query(`set session_replication_role = replica`);
    for (const [table, rows] of Object.entries(firstRelease)) {
      if (table === 'pushledger.migrations') continue;
      await client.query(
        `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1)`,
        [JSON.stringify(rows)],
      );
    }
    await client.query(
      `select setval(pg_get_serial_sequence('pushledger.events', 'position'), max(position)) from pushledger.events`,
    );
  } finally {
    await client.end();
  }
}
