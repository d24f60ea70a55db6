import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import {
  acquire,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/postgres/embedded/acquire.ts';
import { packagedBinaries } from '../../src/postgres/embedded/binaries.ts';
import { isAlive, readPostmaster, serves } from '../../src/postgres/embedded/postmaster.ts';
import { unprivilegedUser } from '../../src/postgres/embedded/unprivileged-user.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { type Holder, type HoldJob, holdPostgres } from './postgres-server.ts';

/** Directories for one test, and what acquires a server in them; all of it is gone after the test. */
export interface PostgresDirectory {
  base: string;
  dataDir: string;
  clusterDir: string;
  sharedDir: string;
  acquireHere(options?: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgres>;
  acquireElsewhere(job?: Pick<HoldJob, 'packageDir' | 'uid'>): Holder;
}

/** Registers the hooks that make fresh directories for each test. */
export function usePostgresDirectory(): PostgresDirectory {
  let holders: Holder[] = [];
  let held: EmbeddedPostgres[] = [];
  const at: PostgresDirectory = {
    base: '',
    dataDir: '',
    clusterDir: '',
    sharedDir: '',
    acquireHere: async (options = {}) => {
      const postgres = await acquire(
        {
          dataDir: at.dataDir,
          logger: createLogger('silent'),
          clock: systemClock,
          signal: new AbortController().signal,
          ...options,
        },
        { packaged: packagedBinaries(), sharedDir: at.sharedDir, unprivilegedUser },
      );
      held.push(postgres);
      return postgres;
    },
    acquireElsewhere: (job = {}) => {
      const holder = holdPostgres({ dataDir: at.dataDir, sharedDir: at.sharedDir, ...job });
      holders.push(holder);
      return holder;
    },
  };
  beforeEach(async () => {
    at.base = await passableDirectory();
    at.dataDir = join(at.base, 'data');
    at.clusterDir = join(at.dataDir, 'postgres');
    at.sharedDir = join(at.base, 'shared');
    holders = [];
    held = [];
  });
  afterEach(async () => {
    for (const holder of holders) await holder.kill();
    for (const postgres of held) await postgres.release();
    await stopServer(at.clusterDir);
    await rm(at.base, { recursive: true, force: true });
  });
  return at;
}

/** A temporary directory that every user may pass through. */
export async function passableDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pushledger-postgres-'));
  await chmod(directory, 0o755);
  return directory;
}

/** A server that the test has left. */
async function stopServer(clusterDir: string): Promise<void> {
  const postmaster = await readPostmaster(clusterDir);
  if (!postmaster || !(await serves(postmaster.pid, clusterDir))) return;
  process.kill(postmaster.pid, 'SIGQUIT');
  await vi.waitFor(async () => expect(await isAlive(postmaster.pid)).toBe(false), 10_000);
}
