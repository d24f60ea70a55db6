import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { StoredEvent } from '../../events/codec.ts';
import { type Position, startOfLog } from '../../events/ids.ts';
import { createAtMost } from '../../runtime/at-most.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { EventPage, WholeEvent } from '../event-store.ts';
import type { Connection } from './connection.ts';
import type { CountSource } from './correlated-count.ts';
import { callPatiently } from './patient.ts';
import { readUntil } from './read.ts';
import { type RecordedEvent, recordedEventOf } from './recorded-event.ts';
import { readBackwardsRequest, readForwardsRequest, readStreamRequest } from './requests.ts';
import type { StreamNames } from './stream-names.ts';

/** The rest of the hundred calls of a connection belongs to appends and subscriptions. */
const maxReadsAtOnce = 16;
/** What a page of whole events may hold, in bytes; the last one may go beyond. */
const maxWholeBytes = 8 * 1024 * 1024;

export interface LogReaderOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly names: StreamNames;
  /** A read that has no answer by then is given up, in milliseconds. */
  readonly readTimeoutMs: number;
  /** For how long one event may be searched among those of others, in milliseconds. */
  readonly searchMs: number;
}

export interface LogReader extends CountSource {
  readPage(after: Position, limit: number): Promise<EventPage>;
  /** @see MovableEventStore.readWhole */
  readWhole(after: Position, limit: number): Promise<readonly WholeEvent[]>;
  /** Position of the last event of ours, or null when it lies too far back among those of others. */
  findLast(): Promise<Position | null>;
}

/** Reads that end. */
export function createLogReader(options: LogReaderOptions): LogReader {
  const { clock, names, readTimeoutMs } = options;
  const inTurn = createAtMost(maxReadsAtOnce);

  /**
   * One read after another try, if need be.
   *
   * @param begin says, for every try, what to read and what to do with it
   */
  function read(
    what: string,
    begin: () => Reading,
    stop?: AbortSignal,
  ): Promise<'enough' | 'end' | 'stopped'> {
    return inTurn(() =>
      callPatiently(options, { what, timeoutMs: readTimeoutMs }, (client, deadlineMs) => {
        const { request, take } = begin();
        return readUntil(client, request, { deadlineMs, ...(stop && { stop }) }, (answer) => {
          const recorded = recordedEventOf(answer, names);
          return recorded ? take(recorded) : true;
        });
      }),
    );
  }

  /**
   * A read that may have to pass over any number of other events, and is stopped when it takes too long. That the
   * store is there at all is then seen by a read that finds something at once.
   */
  async function search(what: string, begin: () => Reading): Promise<'found' | 'nothing' | 'unknown'> {
    const stop = new AbortController();
    const done = new AbortController();
    clock.sleep(options.searchMs, done.signal).then(
      () => stop.abort(),
      () => undefined,
    );
    const how = await read(what, begin, stop.signal).finally(() => done.abort());
    if (how !== 'stopped') return how === 'enough' ? 'found' : 'nothing';
    await inTurn(() =>
      callPatiently(options, { what, timeoutMs: readTimeoutMs }, (client, deadlineMs) =>
        readUntil(client, readBackwardsRequest(1, null), { deadlineMs }, () => false),
      ),
    );
    return 'unknown';
  }

  return {
    async readStream(stream) {
      const request = readStreamRequest(names.toStore(stream));
      const found: RecordedEvent[] = [];
      const take = (recorded: RecordedEvent) => {
        found.push(recorded);
        return false;
      };
      await read(`a read of stream ${stream}`, () => ({ request, take }));
      return found[0] ?? null;
    },

    async readPage(after, limit) {
      // One more than asked for, as the server begins with the event at the position itself.
      const request = readForwardsRequest(after, limit + 1, { streamPrefix: names.prefix });
      let events: StoredEvent[] = [];
      const how = await read('a read of the log', () => {
        events = [];
        const take = ({ event }: RecordedEvent) => {
          if (event.position > after) events.push(event);
          return events.length < limit;
        };
        return { request, take };
      });
      return { events, caughtUp: how === 'end' };
    },

    async readWhole(after, limit) {
      const request = readForwardsRequest(after, limit + 1, { streamPrefix: names.prefix });
      let events: WholeEvent[] = [];
      await read('a read of the log', () => {
        events = [];
        let bytes = 0;
        const take = ({ event, body }: RecordedEvent) => {
          if (event.position <= after) return true;
          const whole = { ...event, body: body() };
          events.push(whole);
          bytes += event.data.length + event.metadata.length + (whole.body?.length ?? 0);
          return events.length < limit && bytes < maxWholeBytes;
        };
        return { request, take };
      });
      return events;
    },

    async readType(after, type, take) {
      let last = after;
      await search(`a search for ${type}`, () => ({
        request: readForwardsRequest(last, Number.MAX_SAFE_INTEGER, { typePrefix: type }),
        take(recorded) {
          if (recorded.event.position <= last) return true;
          last = recorded.event.position;
          return take(recorded);
        },
      }));
    },

    async findLast() {
      let last = startOfLog;
      const how = await search('a search for the last event', () => ({
        request: readBackwardsRequest(1, { streamPrefix: names.prefix }),
        take({ event }) {
          last = event.position;
          return false;
        },
      }));
      return how === 'unknown' ? null : last;
    },
  };
}

interface Reading {
  readonly request: ReadReq;
  /** Returns false when it wants no more. */
  readonly take: (recorded: RecordedEvent) => boolean;
}
