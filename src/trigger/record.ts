import type { ClientBase } from 'pg';
import type { EventType } from '../events/catalogue.ts';
import type { DomainEvent } from '../events/event.ts';
import type { PushId } from '../events/ids.ts';
import type { ChooseDag } from './choose-dag.ts';
import * as statements from './statements.ts';
import { evolve, type OutcomeEvent, rowOfPush, type TriggerRow } from './trigger-row.ts';

/** What it folds; of other events it makes nothing. */
export const foldedTypes: ReadonlySet<EventType> = new Set([
  'DagTriggersStarted',
  'PushReceived',
  'DagTriggered',
  'DagTriggerFailed',
  'DagTriggerRetried',
]);

/** What the trigger's tables hold, as much of it as some events need. */
export interface TriggerTables {
  /** Null before the first start with a dag_engine. */
  readonly startedAt: string | null;
  readonly rows: ReadonlyMap<PushId, TriggerRow>;
}

/** Writes what follows from these events to the trigger's tables. Which DAG is decided here, once for each push. */
export async function record(
  transaction: ClientBase,
  events: readonly DomainEvent[],
  chooseDag: ChooseDag,
): Promise<void> {
  const before = await load(transaction, events);
  const after = fold(before, events, chooseDag);
  if (after.startedAt !== before.startedAt)
    await transaction.query(statements.insertStart, [after.startedAt]);
  const changed = [...after.rows].filter(([pushId, row]) => before.rows.get(pushId) !== row);
  if (changed.length > 0)
    await transaction.query(statements.putTriggers, [JSON.stringify(changed.map(([, row]) => row))]);
}

/** Event by event, so that it is all the same how the log is cut into batches. */
export function fold(
  before: TriggerTables,
  events: readonly DomainEvent[],
  chooseDag: ChooseDag,
): TriggerTables {
  let { startedAt } = before;
  const rows = new Map(before.rows);
  for (const event of events) {
    if (event.type === 'DagTriggersStarted') {
      startedAt ??= event.data.startedAt;
    } else if (event.type === 'PushReceived') {
      if (startedAt === null || event.data.ignored !== null) continue;
      rows.set(event.data.pushId, rowOfPush(event, chooseDag(event.data.repository.fullName)));
    } else if (isOutcome(event)) {
      const row = rows.get(event.data.pushId);
      if (row) rows.set(event.data.pushId, evolve(row, event));
    }
  }
  return { startedAt, rows };
}

function isOutcome(event: DomainEvent): event is OutcomeEvent {
  return (
    event.type === 'DagTriggered' || event.type === 'DagTriggerFailed' || event.type === 'DagTriggerRetried'
  );
}

async function load(transaction: ClientBase, events: readonly DomainEvent[]): Promise<TriggerTables> {
  const start = await transaction.query<{ started_at: Date }>(statements.readStart);
  const pushIds = events.filter(isOutcome).map(({ data }) => data.pushId);
  const { rows } =
    pushIds.length === 0
      ? { rows: [] }
      : await transaction.query<{ row: TriggerRow }>(statements.readTriggers, [pushIds]);
  return {
    startedAt: start.rows[0]?.started_at.toISOString() ?? null,
    rows: new Map(rows.map(({ row }) => [row.push_id, row])),
  };
}
