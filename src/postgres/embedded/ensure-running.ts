import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ensureCluster } from './cluster.ts';
import { failure } from './failure.ts';
import { type Lock, lock, tryLock } from './lease.ts';
import type { Place } from './place.ts';
import { readPostmaster } from './postmaster.ts';
import { createDatabase, probe, type Server } from './probe.ts';
import { startServer } from './server.ts';
import { readStartRecord, thisHost, writeStartRecord } from './start-record.ts';

export interface Context {
  readonly place: Place;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const pauseMs = 50;
const reportEveryMs = 10_000;
const claimTimeoutMs = 5_000;

/** Our lock of level `use`, while we hold it. */
export interface Lease {
  use: Lock | undefined;
}

/** Finds the server, or makes and starts it, or waits for the process that does. Afterwards the lease is held. */
export async function ensureRunning(lease: Lease, context: Context): Promise<Server> {
  const { place, clock, logger, signal } = context;
  lease.use ??= await lock(place.lockPath, 'use', clock, signal);
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    signal.throwIfAborted();
    const finding = await probe(place);
    if (finding.state === 'ready') return finding.server;
    if (finding.state === 'absent' && (await wasStartedElsewhere(place))) await claim(lease, context);
    if (finding.state !== 'busy' && (await bringUp(context))) continue;
    if (waitedMs > 0 && waitedMs % reportEveryMs === 0) {
      logger.warn({ clusterDir: place.clusterDir, waitedMs }, 'still waiting for the embedded PostgreSQL');
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** @returns false when another process is at it */
async function bringUp({ place, clock, logger, signal }: Context): Promise<boolean> {
  const starting = tryLock(place.lockPath, 'start');
  if (!starting) return false;
  try {
    let finding = await probe(place);
    if (finding.state === 'absent') {
      if (await wasStartedElsewhere(place)) return false;
      if ((await ensureCluster(place)) === 'made')
        logger.info({ clusterDir: place.clusterDir }, 'cluster made');
      signal.throwIfAborted();
      await startServer(place, clock, signal);
      finding = await probe(place);
    }
    if (finding.state === 'withoutDatabase') await createDatabase(finding.server);
    return true;
  } finally {
    starting.release();
  }
}

/** An unclean end in another container or on another machine, or a server that still runs there, unseen by us. */
async function wasStartedElsewhere({ clusterDir, startRecordPath }: Place): Promise<boolean> {
  if (!(await readPostmaster(clusterDir))) return false;
  const record = await readStartRecord(startRecordPath);
  return record !== undefined && record.host !== (await thisHost());
}

/**
 * Takes over a cluster whose server ran where we see no processes. Two servers would destroy it; so nobody else may
 * be using it: file locks, unlike pids, are seen from container to container.
 */
async function claim(lease: Lease, { place, clock, signal }: Context): Promise<void> {
  lease.use?.release();
  lease.use = undefined;
  for (let waitedMs = 0; await wasStartedElsewhere(place); waitedMs += pauseMs) {
    const alone = tryLock(place.lockPath, 'stop');
    if (alone) {
      await moveHere(place).finally(() => alone.release());
      break;
    }
    if (waitedMs >= claimTimeoutMs) throw inUseElsewhere(place);
    await clock.sleep(pauseMs, signal);
  }
  lease.use = await lock(place.lockPath, 'use', clock, signal);
}

async function moveHere({ startRecordPath }: Place): Promise<void> {
  const record = await readStartRecord(startRecordPath);
  if (record) await writeStartRecord(startRecordPath, { ...record, host: await thisHost() });
}

function inUseElsewhere({ dataDir }: Place): Error {
  return failure(
    `the data directory ${dataDir} is in use by a process in another container or on another machine. ` +
      'Run this command there (docker compose exec), or set DATABASE_URL for both',
  );
}
