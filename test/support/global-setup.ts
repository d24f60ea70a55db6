import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { acquireEmbeddedPostgres } from '../../src/postgres/embedded/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A superuser's URL on the server of this run; see `createDatabase`. */
    postgresUrl: string;
  }
}

/** One PostgreSQL server for the whole run. It writes to the disk as in production: fsync stays on. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'pushledger-test-'));
  // As root the server runs as another user, which has to reach its cluster.
  await chmod(directory, 0o755);
  const postgres = await acquireEmbeddedPostgres({
    dataDir: join(directory, 'data'),
    logger: createLogger('warn'),
    clock: systemClock,
    signal: new AbortController().signal,
  });
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres.release();
    await rm(directory, { recursive: true, force: true });
  };
}
