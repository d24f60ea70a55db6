import type { EncodedEvent, StoredEvent } from '../events/codec.ts';
import type { Position } from '../events/ids.ts';

/**
 * What became of an append. Every stream holds one event and is written with NO_STREAM.
 * - `stored`: the event is in the log at `position`; by this write or by an earlier one of the same id.
 * - `stream-taken`: the stream holds an event of another id.
 * - `id-taken`: the stream is free, but its event id is already in use in another stream.
 */
export type AppendOutcome =
  | { readonly outcome: 'stored'; readonly position: Position }
  | { readonly outcome: 'stream-taken' }
  | { readonly outcome: 'id-taken' };

export interface EventPage {
  /** In log order. */
  readonly events: readonly StoredEvent[];
  /** True when the log held nothing after them when they were read. */
  readonly caughtUp: boolean;
}

export interface SubscribeOptions {
  /** The position of the last handled event; `startOfLog` for all of them. */
  readonly after: Position;
  readonly signal: AbortSignal;
  /** At most so many events a page. */
  readonly pageSize?: number;
}

/** The port that every adapter fills. All calls may throw CodedError STORE_UNAVAILABLE. */
export interface EventStore {
  /** `postgres` or `kurrentdb`: a checkpoint of one means nothing in the other. */
  readonly kind: string;

  append(event: EncodedEvent): Promise<AppendOutcome>;

  /** The one event of each of these streams that exists, in no particular order. */
  readStreams(streams: readonly string[]): Promise<readonly StoredEvent[]>;

  /** The compressed signed bytes that were stored with a stream's event, or null. */
  readBody(stream: string): Promise<Uint8Array | null>;

  /** Up to `limit` events after a position, in log order. */
  readPage(after: Position, limit: number): Promise<EventPage>;

  /** How many events of a type belong to a push; counting stops at `atMost`. */
  countCorrelated(correlationId: string, type: string, atMost: number): Promise<number>;

  /** Position of the last event; `startOfLog` when there is none. */
  head(): Promise<Position>;

  /**
   * All events after a position, and then each new one, for ever: resumes after a lost connection from the last
   * page that was taken. The next page is read only when the last one was handled. Pages may be empty (a sign of
   * life with `caughtUp`). Ends when the signal aborts, and only then.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<EventPage>;

  /** Nothing can be appended afterwards; what was accepted is finished first. */
  close(): Promise<void>;
}

/** An event with all that a store keeps of it. */
export interface WholeEvent extends StoredEvent {
  /** The compressed signed bytes, or null. */
  readonly body: Uint8Array | null;
}

/** How appending several events in their order ended; the stream is that of the event which was not taken. */
export type InOrderOutcome =
  | { readonly outcome: 'stored' }
  | { readonly outcome: 'stream-taken' | 'id-taken'; readonly stream: string };

/** An event store whose log can be copied, and be a copy. Only copying needs this; both adapters fill it. */
export interface MovableEventStore extends EventStore {
  /**
   * Up to `limit` events after a position, in log order; fewer where they are large, as a page is held in memory.
   * Empty at the end of the log and nowhere else.
   */
  readWhole(after: Position, limit: number): Promise<readonly WholeEvent[]>;

  /**
   * Appends events so that the log shows them in this order, whatever fails on the way: none is in the log before all
   * those in front of it are. Ends at the first one that is not taken. To be called again with the same events after
   * a failure, which stores nothing twice.
   */
  appendInOrder(events: readonly EncodedEvent[]): Promise<InOrderOutcome>;
}
