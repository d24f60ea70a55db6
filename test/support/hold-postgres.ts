/**
 * A process that holds an embedded PostgreSQL until it is told to release it; see `holdPostgres`. Its one argument is
 * a `HoldJob`. It writes the URL when it has the server, and ends after the first byte on stdin.
 */
import { once } from 'node:events';
import { acquire } from '../../src/postgres/embedded/acquire.ts';
import { packagedBinaries } from '../../src/postgres/embedded/binaries.ts';
import { unprivilegedUser } from '../../src/postgres/embedded/unprivileged-user.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import type { HoldJob } from './postgres-server.ts';

const job: HoldJob = JSON.parse(process.argv[2] ?? '{}');
const packaged = packagedBinaries();
// Everything is loaded by now, so that the other user need not reach the checkout.
if (job.uid !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(job.uid);
  process.setuid?.(job.uid);
}
const postgres = await acquire(
  {
    dataDir: job.dataDir,
    logger: createLogger('silent'),
    clock: systemClock,
    signal: new AbortController().signal,
  },
  {
    packaged: { ...packaged, ...(job.packageDir ? { packageDir: job.packageDir } : {}) },
    sharedDir: job.sharedDir,
    unprivilegedUser,
  },
);
process.stdout.write(`${postgres.url}\n`);
await once(process.stdin, 'data');
await postgres.release();
process.exit();
