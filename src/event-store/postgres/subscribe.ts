import type { Position } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { retry } from '../../runtime/retry.ts';
import type { EventPage, SubscribeOptions } from '../event-store.ts';
import type { Hints } from './hints.ts';

const defaultPageSize = 500;

interface Source {
  readonly readPage: (after: Position, limit: number) => Promise<EventPage>;
  readonly hints: Hints;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs: number;
}

/** @see EventStore.subscribe */
export async function* subscribe(source: Source, options: SubscribeOptions): AsyncGenerator<EventPage> {
  const { signal } = options;
  const pageSize = options.pageSize ?? defaultPageSize;
  let after = options.after;

  while (!signal.aborted) {
    const seen = source.hints.count;
    const page = await nextPage(source, after, pageSize, signal);
    if (!page) return;
    after = page.events.at(-1)?.position ?? after;
    yield page;
    if (page.caughtUp) await source.hints.waitBeyond(seen, source.pollMs, signal);
  }
}

/** The next page, however long the database is away; null when the signal aborts first. */
async function nextPage(
  source: Source,
  after: Position,
  pageSize: number,
  signal: AbortSignal,
): Promise<EventPage | null> {
  try {
    return await retry(() => orAborted(source.readPage(after, pageSize), signal), {
      clock: source.clock,
      signal,
      policy: { firstMs: 100, maxMs: 5_000 },
      onFailure: (error, attempt, pauseMs) =>
        source.logger.warn({ err: error, attempt, pauseMs, after: String(after) }, 'reading the log failed'),
    });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** Rejects as soon as the signal aborts: a frozen database answers only when the read times out, half a minute later. */
function orAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    // The signal lives as long as the subscription: listeners of pages that were read must not gather there.
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
