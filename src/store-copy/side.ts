import type { WholeEvent } from '../event-store/event-store.ts';

/** An event without its position, which is another one in every store. */
export type CopiedEvent = Omit<WholeEvent, 'position'>;

export interface Batch {
  /** In log order. */
  readonly events: readonly CopiedEvent[];
  /** How much of the log has been read with these, from 0 to 1. */
  readonly part: number;
}

/** Where a log is. */
export interface Side {
  /** For messages; without any password. */
  readonly name: string;
  /** The log from its beginning to the end that it has then. */
  read(signal: AbortSignal): AsyncIterable<Batch>;
  close(): Promise<void>;
}

export interface LogSummary {
  readonly events: number;
  /** See `createLogDigest`; in hexadecimal. */
  readonly sha256: string;
}

/** Where a log can be copied to. */
export interface TargetSide extends Side {
  /** @throws CodedError COPY_REFUSED when it holds another event in the place of one of these */
  append(events: readonly CopiedEvent[], signal: AbortSignal): Promise<void>;
  /** Whatever was appended is on disk, and `read` gives it, once this resolves. */
  flush(): Promise<void>;
  /** All is there and was verified: the copy may be used from now on. */
  complete(summary: LogSummary): Promise<void>;
}
