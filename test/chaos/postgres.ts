import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { acquireEmbeddedPostgres } from '../../src/postgres/embedded/index.ts';
import { readPostmaster, serves } from '../../src/postgres/embedded/postmaster.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';

/** A PostgreSQL that whoever uses it starts again when it ends. */
export interface ChaosPostgres {
  kill(): Promise<void>;
  /** The server ends all connections and begins anew, as after a crash of its own. */
  killBackend(chosen: (count: number) => number): Promise<void>;
  freeze(forMs: number): Promise<void>;
  /** A fast shutdown. */
  restart(): Promise<void>;
}

/** @param dataDir the data directory of the service or of the harness; the cluster is in it */
export function chaosPostgres(dataDir: string): ChaosPostgres {
  const clusterDir = join(dataDir, 'postgres');

  async function postmaster(): Promise<number | null> {
    const found = await readPostmaster(clusterDir);
    return found && (await serves(found.pid, clusterDir)) ? found.pid : null;
  }

  async function signalAll(pids: readonly number[], signal: NodeJS.Signals): Promise<void> {
    for (const pid of pids) {
      // Asked again each time: a number may be another process's by now.
      if (await serves(pid, clusterDir)) process.kill(pid, signal);
    }
  }

  return {
    async kill() {
      const pid = await postmaster();
      if (pid !== null) process.kill(pid, 'SIGKILL');
    },
    async killBackend(chosen) {
      const pid = await postmaster();
      const backends = pid === null ? [] : await childrenOf(pid);
      const backend = backends[chosen(backends.length)];
      if (backend !== undefined) await signalAll([backend], 'SIGKILL');
    },
    async freeze(forMs) {
      const pid = await postmaster();
      if (pid === null) return;
      const all = [pid, ...(await childrenOf(pid))];
      await signalAll(all, 'SIGSTOP');
      await delay(forMs);
      await signalAll(all, 'SIGCONT');
    },
    async restart() {
      const pid = await postmaster();
      if (pid !== null) process.kill(pid, 'SIGINT');
    },
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) === pid) children.push(Number(name));
  }
  return children;
}

export interface OwnPostgres {
  readonly dataDir: string;
  /** Follows a restart. */
  readonly url: string;
  close(): Promise<void>;
}

/** A server of the harness, which lives as long as the campaign and is started again when it dies. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pushledger-chaos-postgres-'));
  await chmod(dataDir, 0o711);
  const server = await acquireEmbeddedPostgres({
    dataDir,
    clock: systemClock,
    logger: createLogger('silent'),
    signal: new AbortController().signal,
    supervise: true,
  });
  return {
    dataDir,
    get url() {
      return server.url;
    },
    async close() {
      await server.release();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The server that a service runs in its data directory, for as long as `work` takes. */
export async function withEmbedded<T>(dataDir: string, work: (url: string) => Promise<T>): Promise<T> {
  const server = await acquireEmbeddedPostgres({
    dataDir,
    clock: systemClock,
    logger: createLogger('silent'),
    signal: AbortSignal.timeout(60_000),
  });
  try {
    return await work(server.url);
  } finally {
    await server.release();
  }
}
