import type { PoolClient } from 'pg';
import type { DomainEvent } from '../events/event.ts';

/** Something that follows the log and keeps what it makes of it in Postgres. */
export interface Subscriber {
  /** Names its checkpoint. */
  readonly name: string;

  /**
   * The types of events that it makes something of; it gets no others, and none of them is parked, as they are not even
   * decoded. Absent: all types.
   */
  readonly types?: ReadonlySet<string>;

  /**
   * Writes what follows from these events (one at least), in the transaction that moves the checkpoint past them: both
   * happen or neither does. The result may not depend on how the log was cut into batches. An event that it can never
   * take is parked: see `isPoison` for the failures that say so.
   */
  handle(transaction: PoolClient, events: readonly DomainEvent[]): Promise<void>;

  /** Called after a commit that brought it to the end of the log, and now and then while nothing comes. */
  onCaughtUp?(): void;
}

/** How a subscriber stands, for health and lag. */
export interface SubscriberStatus {
  readonly name: string;
  readonly position: bigint;
  readonly caughtUp: boolean;
  /** Why it does not move at the moment, or null. */
  readonly error: string | null;
}
