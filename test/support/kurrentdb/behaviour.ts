import type { Endpoint } from '../../../src/event-store/kurrentdb/connection-string.ts';

/**
 * How a node answers calls:
 * - `serve`: as it should;
 * - `unavailable`: UNAVAILABLE at once;
 * - `not-ready`: "Server Is Not Ready", which comes as UNKNOWN;
 * - `internal`, `data-loss`: as a leader that is going away;
 * - `stall`: takes the call and says nothing;
 * - `stall-after-append`: as `serve`, but no append is answered, though it is stored;
 * - `unauthenticated`, `access-denied`: refuses the credentials.
 */
export type Manner =
  | 'serve'
  | 'unavailable'
  | 'not-ready'
  | 'internal'
  | 'data-loss'
  | 'stall'
  | 'stall-after-append'
  | 'unauthenticated'
  | 'access-denied';

/** What a test can make a node do. Changes hold from the next call on. */
export interface Behaviour {
  manner: Manner;
  /** Every answer comes so many milliseconds later. */
  delayMs: number;
  /** How far the server's clock is ahead, in milliseconds. */
  clockOffsetMs: number;
  maxAppendSize: number;
  /** From 24.10 on, an append that is too large may be refused as UNKNOWN. */
  tooLargeAs: 'exception' | 'unknown';
  /** A follower refuses calls that ask for the leader, and names it where it knows one. */
  follows: Endpoint | 'unknown' | null;
  /** Appends wait for this promise. */
  gate: Promise<void> | null;
  /** What happened here. */
  readonly counts: {
    appends: number;
    reads: number;
    subscriptions: number;
    gossips: number;
    eventsHandedOut: number;
  };
}

export function goodBehaviour(): Behaviour {
  return {
    manner: 'serve',
    delayMs: 0,
    clockOffsetMs: 0,
    maxAppendSize: 1024 * 1024,
    tooLargeAs: 'exception',
    follows: null,
    gate: null,
    counts: { appends: 0, reads: 0, subscriptions: 0, gossips: 0, eventsHandedOut: 0 },
  };
}
