import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { connectionOptions } from './pool.ts';

/**
 * Brings the schema `pushledger` and the shared schemas up to this version. Several processes may start at once:
 * one migrates, the others wait for it.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  await runner({
    databaseUrl: connectionOptions(databaseUrl, 'migrate'),
    dir: fileURLToPath(new URL('./migrations', import.meta.url)),
    direction: 'up',
    migrationsTable: 'migrations',
    migrationsSchema: 'pushledger',
    createMigrationsSchema: true,
    checkOrder: true,
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
}
