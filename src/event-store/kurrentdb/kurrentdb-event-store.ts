import type { EncodedEvent, StoredEvent } from '../../events/codec.ts';
import { type Position, startOfLog } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AppendOutcome, EventPage, MovableEventStore } from '../event-store.ts';
import { createAppendQueue } from './append-queue.ts';
import { openConnection } from './connection.ts';
import { parseConnectionString } from './connection-string.ts';
import { createCorrelatedCount } from './correlated-count.ts';
import { createLogReader } from './log-reader.ts';
import { callPatiently } from './patient.ts';
import { appendRequests } from './requests.ts';
import { defaultPrefix, streamNames } from './stream-names.ts';
import { type SubscriptionLimits, subscribe } from './subscribe.ts';

export interface KurrentdbEventStoreOptions {
  /** `esdb://…`; see `parseConnectionString`. */
  readonly connectionString: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An append that has no answer by then is given up, in milliseconds. Gitea itself waits 5 s. */
  readonly appendTimeoutMs?: number;
  /** The same for a read. */
  readonly readTimeoutMs?: number;
  /** For how long one event may be searched among those of others, in milliseconds. */
  readonly searchMs?: number;
  readonly subscription?: Partial<SubscriptionLimits>;
  /** What our streams begin with in the store, where several ledgers share one. */
  readonly streamPrefix?: string;
}

const defaultLimits: SubscriptionLimits = {
  startMs: 5_000,
  silenceMs: 30_000,
  idleMs: 1_000,
  probeMs: 10_000,
};

/**
 * The log in KurrentDB or EventStoreDB, 23.10 or newer.
 *
 * One fact, one stream, one event, written with NO_STREAM: for that alone the server checks the id of the event
 * against its log for ever, so that the same event again is the same write (checked in the source of 23.10 to 26.1).
 * It cannot tell the outcome `id-taken`: the same event id in a second stream is stored there.
 *
 * @throws CodedError CONFIG_INVALID
 */
export function createKurrentdbEventStore(options: KurrentdbEventStoreOptions): MovableEventStore {
  const { clock, logger } = options;
  const settings = parseConnectionString(options.connectionString);
  const names = streamNames(options.streamPrefix ?? defaultPrefix);
  // Apart, so that a reader's trouble never takes a writer's connection away.
  const writing = openConnection(settings, logger);
  const reading = openConnection(settings, logger);
  const reader = createLogReader({
    connection: reading,
    clock,
    logger,
    names,
    readTimeoutMs: options.readTimeoutMs ?? 3_000,
    searchMs: options.searchMs ?? 1_000,
  });
  const counted = createCorrelatedCount(reader);
  const now = () => clock.now().getTime();
  const queue = createAppendQueue(append, options.appendTimeoutMs ?? 4_000, now);
  const closing = new AbortController();
  /** The last position that this process knows to hold an event of ours. */
  let lastSeen = startOfLog;

  function saw(position: Position): void {
    if (position > lastSeen) lastSeen = position;
  }

  async function append(event: EncodedEvent, leftMs: number): Promise<AppendOutcome> {
    const requests = appendRequests(event, names.toStore(event.stream));
    const what = `an append to stream ${event.stream}`;
    const tools = { connection: writing, clock, logger };
    const result = await callPatiently(tools, { what, timeoutMs: leftMs }, (client, deadlineMs) =>
      client.append(requests, deadlineMs),
    );
    if (result.answer === 'stream-taken') return { outcome: 'stream-taken' };
    const position = result.position ?? (await reader.readStream(event.stream))?.event.position;
    if (position === undefined) {
      throw new CodedError('STORE_UNAVAILABLE', `stream ${event.stream} is empty after it was written`);
    }
    saw(position);
    return { outcome: 'stored', position };
  }

  async function readPage(after: Position, limit: number): Promise<EventPage> {
    const page = await reader.readPage(after, limit);
    saw(page.events.at(-1)?.position ?? after);
    return page;
  }

  /** Where the log is shared and the last event of ours lies far back, the last one that was seen here. */
  async function head(): Promise<Position> {
    saw((await reader.findLast()) ?? lastSeen);
    return lastSeen;
  }

  return {
    kind: 'kurrentdb',
    append: (event) => queue.append(event),
    // One after the other: only a write that is answered is sure to stand before the next one.
    async appendInOrder(events) {
      for (const event of events) {
        const { outcome } = await queue.append(event);
        if (outcome !== 'stored') return { outcome, stream: event.stream };
      }
      return { outcome: 'stored' };
    },
    readPage,
    readWhole: reader.readWhole,
    head,
    async readStreams(streams) {
      const found = await Promise.all(streams.map((stream) => reader.readStream(stream)));
      return found.flatMap((recorded): StoredEvent[] => (recorded ? [recorded.event] : []));
    },
    async readBody(stream) {
      return (await reader.readStream(stream))?.body() ?? null;
    },
    countCorrelated: counted.count,
    async *subscribe(subscription) {
      saw(subscription.after);
      const limits = { ...defaultLimits, ...options.subscription };
      const signal = AbortSignal.any([subscription.signal, closing.signal]);
      const source = { connection: reading, names, clock, logger, head, limits };
      for await (const page of subscribe(source, { ...subscription, signal })) {
        saw(page.events.at(-1)?.position ?? startOfLog);
        yield page;
      }
    },
    async close() {
      await queue.close();
      closing.abort(new CodedError('SHUTTING_DOWN'));
      await Promise.all([writing.close(), reading.close()]);
    },
  };
}
