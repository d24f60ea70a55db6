import type { Position } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { backoffMs } from '../../runtime/retry.ts';
import type { EventPage, SubscribeOptions } from '../event-store.ts';
import type { Connection } from './connection.ts';
import { NoAnswer } from './failures.ts';
import { follow } from './follow.ts';
import { subscribeRequest } from './requests.ts';
import type { StreamNames } from './stream-names.ts';
import { orAborted, within } from './within.ts';

const defaultPageSize = 500;
const resumePolicy = { firstMs: 100, maxMs: 2_000 };

export interface SubscriptionSource {
  readonly connection: Connection;
  readonly names: StreamNames;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Position of the last event of ours in the log. */
  readonly head: () => Promise<Position>;
  readonly limits: SubscriptionLimits;
}

/** All in milliseconds. */
export interface SubscriptionLimits {
  /** The server says something by then. */
  readonly startMs: number;
  /** And at least this often while it is still catching up. */
  readonly silenceMs: number;
  /** While nothing is new, an empty page is given this often. */
  readonly idleMs: number;
  /** While nothing is new, the log itself is asked this often whether that is so. */
  readonly probeMs: number;
}

/**
 * Follows `$all`, and starts again after the last event that was handed out when the subscription breaks, ends or
 * falls silent: the client never does so itself. Checkpoints of the server are no positions to resume from; up to
 * 24.10.4 they could lie beyond events that were not delivered yet.
 *
 * @see EventStore.subscribe
 */
export async function* subscribe(
  source: SubscriptionSource,
  options: SubscribeOptions,
): AsyncGenerator<EventPage> {
  const { clock, logger } = source;
  const { signal } = options;
  let after = options.after;
  let failures = 0;
  while (!signal.aborted) {
    const begun = clock.now().getTime();
    try {
      for await (const page of followProbed(source, options, after)) {
        after = page.events.at(-1)?.position ?? after;
        // One that breaks as soon as it has caught up has not got on.
        if (page.events.length > 0 || clock.now().getTime() - begun > resumePolicy.maxMs) failures = 0;
        yield page;
      }
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      const pauseMs = backoffMs(failures, resumePolicy, Math.random());
      logger.warn(
        { err: error, after: String(after), failures, pauseMs },
        'a subscription broke and is resumed',
      );
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }
}

/** One subscription that is held against the log while it claims that there is nothing new. */
async function* followProbed(
  source: SubscriptionSource,
  { signal, pageSize }: SubscribeOptions,
  from: Position,
): AsyncGenerator<EventPage> {
  const { clock, names, limits } = source;
  let after = from;
  let silentSince = clock.now().getTime();
  let missing = false;
  for await (const page of pagesFrom(source, signal, pageSize ?? defaultPageSize, from)) {
    const last = page.events.at(-1);
    if (last) {
      after = last.position;
      silentSince = clock.now().getTime();
      missing = false;
    } else if (clock.now().getTime() - silentSince >= limits.probeMs) {
      // Twice, as what was appended a moment ago may still be on its way.
      const behind = (await orAborted(source.head(), signal)) > after;
      if (behind && missing)
        throw new NoAnswer(`the subscription to ${names.prefix} left out what the log has`);
      missing = behind;
      silentSince = clock.now().getTime();
    }
    yield page;
  }
}

async function* pagesFrom(
  source: SubscriptionSource,
  signal: AbortSignal,
  pageSize: number,
  after: Position,
): AsyncGenerator<EventPage> {
  const { connection, clock, names, limits } = source;
  const request = subscribeRequest(after, { streamPrefix: names.prefix });
  const borrowed = connection.borrow();
  try {
    const opening = borrowed.client.read(request, null);
    const call = await orAborted(within(clock, limits.startMs, 'a subscription', opening), signal);
    yield* follow({ call, names, pageSize, clock, signal, ...limits });
  } catch (error) {
    if (!signal.aborted) borrowed.failed(error);
    throw error;
  } finally {
    borrowed.giveBack();
  }
}
