import type { PoolClient } from 'pg';
import type { DomainEvent } from '../events/event.ts';

/** Something that follows the log and keeps what it makes of it in Postgres. */
export interface Subscriber {
  /** Names its checkpoint. */
  readonly name: string;

  /**
   * Writes what follows from these events, in the transaction that moves the checkpoint past them: both happen or
   * neither does. The result may not depend on how the log was cut into batches.
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
