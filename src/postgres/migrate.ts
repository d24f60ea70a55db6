import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg, { type ClientBase } from 'pg';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { endConnection } from './end-connection.ts';
import { connectionOptions } from './pool.ts';

const directory = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * A migration that this program does not know was run by a newer one, whose tables we could only spoil. There is no way
 * back: migrations go forward only.
 *
 * @throws CodedError SCHEMA_NEWER: nothing was changed
 */
export async function refuseNewerSchema(client: ClientBase): Promise<void> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    `select to_regclass('pushledger.migrations') is not null as there`,
  );
  if (!tables[0]?.there) return;
  const known = readdirSync(directory).map((name) => name.replace(/\.sql$/, ''));
  const { rows } = await client.query<{ name: string }>(
    'select name from pushledger.migrations where not name = any($1) order by name',
    [known],
  );
  if (rows.length === 0) return;
  throw new CodedError(
    'SCHEMA_NEWER',
    `it ran ${rows.map(({ name }) => name).join(', ')}; start that version or a newer one, or restore a backup of before`,
  );
}

/**
 * Brings the schema `pushledger` and the shared schemas up to this version. Several processes may start at once:
 * one migrates, the others wait for it.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client(connectionOptions(databaseUrl, 'migrate'));
  // A failed statement tells of its loss as well; without a listener it would end the process, and the library, whose own
  // connection it else is, neither listens nor waits for the goodbye.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await runner({
      dbClient: client,
      dir: directory,
      direction: 'up',
      migrationsTable: 'migrations',
      migrationsSchema: 'pushledger',
      createMigrationsSchema: true,
      checkOrder: true,
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
  } finally {
    await endConnection(client, systemClock);
  }
}
