import { retry } from '../../runtime/retry.ts';
import type { Context } from './ensure-running.ts';
import { readPostmaster, serves } from './postmaster.ts';

const everyMs = 1_000;

/**
 * Looks at the server's process every second until the signal aborts.
 *
 * @param expectedPid the pid of the server that we know
 * @param restart finds or starts the server again, and tells whoever wants to know
 */
export async function supervise(
  { place, clock, logger, signal }: Context,
  expectedPid: () => number,
  restart: () => Promise<void>,
): Promise<void> {
  const look = async () => {
    await clock.sleep(everyMs, signal);
    const pid = expectedPid();
    // A pid other than ours: it died, and another process has started it again.
    const same = (await readPostmaster(place.clusterDir))?.pid === pid;
    if (same && (await serves(pid, place.clusterDir))) return;
    logger.warn({ pid, clusterDir: place.clusterDir }, 'the embedded PostgreSQL died; starting it again');
    await restart();
  };
  const onFailure = (err: unknown, attempt: number) =>
    logger.error({ err, attempt }, 'the embedded PostgreSQL is not back yet');
  while (!signal.aborted) {
    await retry(look, { clock, signal, onFailure }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
