import { Gauge, type Registry } from 'prom-client';
import type { Backlog } from './backlog.ts';

export interface SpoolFigures {
  readonly state: string;
  readonly pending: number | null;
  readonly parked: number | null;
  readonly bytes: number | null;
  /** When the oldest that waits was received, ISO 8601; null where nothing waits. */
  readonly oldestAt: string | null;
}

/** What the gauges show, as it was read for one answer. */
export interface Shown {
  readonly now: Date;
  readonly spool: SpoolFigures | null;
  readonly subscribers: readonly { readonly name: string; readonly caughtUp: boolean }[];
  readonly viewers: number;
  /** Null where the database does not answer in time. */
  readonly backlog: Backlog | null;
  /** End of the log; null where the event store does not answer in time. */
  readonly head: bigint | null;
}

/** Everything that is looked up when somebody asks. Sets the gauges; one of which nothing is known has no value. */
export function shownMetrics(registry: Registry): (shown: Shown) => void {
  const forget: (() => void)[] = [];
  const gauge = (name: string, help: string, labelNames: string[] = []) => {
    const made = new Gauge({ name, help, labelNames, registers: [registry] });
    // `reset` leaves one without labels at 0: what nobody knows must not look like nothing.
    forget.push(() => (labelNames.length > 0 ? made.reset() : made.remove()));
    return made;
  };
  const databaseUp = gauge('pushledger_database_up', 'Whether the database answers within two seconds');
  const storeUp = gauge('pushledger_event_store_up', 'Whether the event store answers within two seconds');
  const head = gauge('pushledger_log_position', 'Position of the last event in the log');
  const spoolUp = gauge('pushledger_spool_up', 'Whether the spool can take deliveries');
  const spoolEntries = gauge('pushledger_spool_entries', 'Deliveries in the spool, waiting or parked', [
    'state',
  ]);
  const spoolBytes = gauge('pushledger_spool_bytes', 'Size of the deliveries in the spool');
  const spoolAge = gauge(
    'pushledger_spool_oldest_age_seconds',
    'How long the oldest delivery in the spool has waited; 0 where none waits',
  );
  const caughtUp = gauge(
    'pushledger_subscriber_caught_up',
    'Whether a subscriber of this process is at the end of the log',
    ['name'],
  );
  const lag = gauge(
    'pushledger_subscriber_lag_positions',
    'How far a subscriber is behind the end of the log, in its positions: events with PostgreSQL, bytes with KurrentDB',
    ['name'],
  );
  const parkedEvents = gauge(
    'pushledger_parked_events',
    'Events that a subscriber could not take, waiting for a person',
    ['name'],
  );
  const outbox = gauge('pushledger_outbox_messages', 'Messages that are planned and not sent, or parked', [
    'state',
  ]);
  const outboxAge = gauge(
    'pushledger_outbox_oldest_age_seconds',
    'How long the oldest planned message has waited to be sent; 0 where none waits',
  );
  const due = gauge('pushledger_due_pushes', 'Pushes that are to be announced and that no message names yet');
  const dueAge = gauge(
    'pushledger_due_pushes_oldest_age_seconds',
    'How long the oldest push has waited for a message; 0 where none waits',
  );
  const triggers = gauge(
    'pushledger_dag_triggers',
    'Pushes whose DAG was not triggered yet, those too old for it included, or parked',
    ['state'],
  );
  const enrichments = gauge(
    'pushledger_enrichments',
    'Pushes that Gitea is still to be asked about, or parked',
    ['state'],
  );
  const viewers = gauge('pushledger_viewers', 'Connections of the page for live updates');
  const ageOf = (since: Date | null, now: Date) =>
    since === null ? 0 : Math.max(0, (now.getTime() - since.getTime()) / 1_000);

  function showSpool({ spool, now }: Shown): void {
    if (!spool) return;
    spoolUp.set(spool.state === 'ok' ? 1 : 0);
    if (spool.pending !== null) spoolEntries.set({ state: 'pending' }, spool.pending);
    if (spool.parked !== null) spoolEntries.set({ state: 'parked' }, spool.parked);
    if (spool.bytes !== null) spoolBytes.set(spool.bytes);
    if (spool.pending !== null)
      spoolAge.set(ageOf(spool.oldestAt === null ? null : new Date(spool.oldestAt), now));
  }

  function showBacklog(backlog: Backlog, shown: Shown): void {
    for (const { name, position, parked } of backlog.subscribers) {
      if (shown.head !== null) lag.set({ name }, Math.max(0, Number(shown.head - position)));
      parkedEvents.set({ name }, parked);
    }
    outbox.set({ state: 'planned' }, backlog.messages.planned);
    outbox.set({ state: 'parked' }, backlog.messages.parked);
    outboxAge.set(ageOf(backlog.oldestPlannedAt, shown.now));
    due.set(backlog.duePushes);
    dueAge.set(ageOf(backlog.oldestDueAt, shown.now));
    for (const [gauge, counts] of [
      [triggers, backlog.triggers],
      [enrichments, backlog.enrichments],
    ] as const) {
      gauge.set({ state: 'due' }, counts.due);
      gauge.set({ state: 'parked' }, counts.parked);
    }
  }

  return (shown) => {
    for (const each of forget) each();
    showSpool(shown);
    for (const { name, caughtUp: is } of shown.subscribers) caughtUp.set({ name }, is ? 1 : 0);
    viewers.set(shown.viewers);
    databaseUp.set(shown.backlog ? 1 : 0);
    storeUp.set(shown.head === null ? 0 : 1);
    if (shown.head !== null) head.set(Number(shown.head));
    if (shown.backlog) showBacklog(shown.backlog, shown);
  };
}
