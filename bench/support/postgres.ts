import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireEmbeddedPostgres } from '../../src/postgres/embedded/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';

/** Runs `work` on an empty embedded PostgreSQL of its own. */
export async function withPostgres(work: (databaseUrl: string) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pushledger-bench-'));
  await chmod(dataDir, 0o711);
  const server = await acquireEmbeddedPostgres({
    dataDir,
    clock: systemClock,
    logger: createLogger('warn', process.stderr),
    signal: new AbortController().signal,
  });
  try {
    await work(server.url);
  } finally {
    await server.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}
