import type { MovableEventStore } from '../../src/event-store/event-store.ts';

/** What an adapter brings so that the contract can be tried on it. Each harness has a log of its own. */
export interface EventStoreHarness {
  /** One more store on the same log, as another process would have it. `close` of the harness closes it as well. */
  open(): MovableEventStore;
  /** Drops every connection to the log that is open at this moment. Later ones work. */
  breakConnections(): Promise<void>;
  /** How many events the log has handed out to subscriptions so far, handled or not. */
  eventsHandedOut(): number;
  /** Makes all appends wait, until the function that it gives is called. */
  holdAppends(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface EventStoreTraits {
  /** Whether it can tell that an event id is in use in another stream. KurrentDB cannot. */
  readonly tellsTakenIds: boolean;
  /** How many events beyond the page in hand may be on their way to a consumer. */
  readonly readAhead: number;
}
