import pg from 'pg';
import { endConnection } from '../../postgres/end-connection.ts';
import { connectionOptions } from '../../postgres/pool.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { retry } from '../../runtime/retry.ts';

/**
 * Tells that the log may have grown, from NOTIFY. A hint only: readers poll as well, so that a dead listener makes
 * them slower and nothing else.
 */
export interface Hints {
  /** Grows with each hint. Read it before reading the log, so that no hint falls between. */
  readonly count: number;
  /** Resolves when there is a hint beyond `count`, after `timeoutMs`, or when the signal aborts. */
  waitBeyond(count: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function listenForHints(databaseUrl: string, clock: Clock, logger: Logger): Hints {
  const closing = new AbortController();
  const waiting = new Set<() => void>();
  let count = 0;

  const wake = () => {
    count++;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  const listening = retry((gotOn) => listen(databaseUrl, clock, wake, gotOn, closing.signal), {
    clock,
    signal: closing.signal,
    policy: { firstMs: 100, maxMs: 5_000 },
    onFailure: (error, attempt, pauseMs) =>
      logger.warn(
        { err: error, attempt, pauseMs },
        'the listener for new events was lost; readers poll meanwhile',
      ),
  }).catch(() => undefined);

  return {
    get count() {
      return count;
    },
    async waitBeyond(seen, timeoutMs, signal) {
      if (count > seen || signal.aborted) return;
      const done = new AbortController();
      let resolveHint: () => void = () => undefined;
      const hint = new Promise<void>((resolve) => {
        resolveHint = resolve;
      });
      waiting.add(resolveHint);
      const timeout = clock.sleep(timeoutMs, AbortSignal.any([signal, done.signal])).catch(() => undefined);
      await Promise.race([hint, timeout]);
      waiting.delete(resolveHint);
      done.abort();
    },
    async close() {
      closing.abort();
      await listening;
    },
  };
}

/** Listens until the connection is lost (throws) or the signal aborts (returns). */
async function listen(
  databaseUrl: string,
  clock: Clock,
  wake: () => void,
  gotOn: () => void,
  signal: AbortSignal,
): Promise<void> {
  const client = new pg.Client(connectionOptions(databaseUrl, 'listener'));
  try {
    const lost = new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the connection was closed')));
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    lost.catch(() => undefined);
    await client.connect();
    client.on('notification', wake);
    // A server that went silent here must not keep us from closing.
    await Promise.race([client.query('listen pushledger_events'), lost]);
    gotOn();
    // What was appended before the listener stood gave no hint.
    wake();
    await lost;
  } finally {
    await endConnection(client, clock);
  }
}
