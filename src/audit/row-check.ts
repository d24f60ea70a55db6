import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { type EventId, type Position, type PushId, startOfLog, streamOf } from '../events/ids.ts';

/** A table that has a row for every push, and the projection that writes it. */
export interface PushTable {
  readonly projection: 'data_factory' | 'push_history';
  readonly name: string;
}

export const pushTables: readonly PushTable[] = [
  { projection: 'data_factory', name: 'data_factory.runs' },
  { projection: 'push_history', name: 'pushledger.pushes' },
];

/** How a table stood at one moment. */
export interface TableSnapshot {
  readonly table: PushTable;
  /** The rows of exactly the pushes up to here. */
  readonly position: Position;
  readonly rows: number;
}

/**
 * Where the projections stand and how many rows they have. One statement, so that both are of the same moment: a
 * projection writes rows and checkpoint in one transaction.
 */
export async function snapshotTables(pool: Pool): Promise<TableSnapshot[]> {
  const { rows } = await pool.query<{ position: string | null; runs: string; pushes: string; name: string }>(
    `select name, position,
            (select count(*) from data_factory.runs
             where recorded_by = 'pushledger' and trigger in ('webhook', 'recovery')) as runs,
            (select count(*) from pushledger.pushes) as pushes
     from unnest($1::text[]) as name
     left join pushledger.checkpoints using (name)`,
    [pushTables.map(({ projection }) => projection)],
  );
  return pushTables.map((table) => {
    const row = rows.find(({ name }) => name === table.projection);
    const count = table.projection === 'data_factory' ? row?.runs : row?.pushes;
    return { table, position: BigInt(row?.position ?? startOfLog) as Position, rows: Number(count ?? 0) };
  });
}

/** A push that has no row in some of the tables. */
export interface PushWithoutRow {
  readonly pushId: PushId;
  readonly projection: PushTable['projection'];
}

/** Of these pushes, those that a table has no row of. */
export async function missingRows(pool: Pool, pushIds: readonly PushId[]): Promise<PushWithoutRow[]> {
  if (pushIds.length === 0) return [];
  const { rows } = await pool.query<{ push_id: PushId; has_run: boolean; has_push: boolean }>(
    `select push_id, has_run, has_push
     from (select asked.push_id,
                  exists (select from data_factory.runs as held
                          where held.run_id = asked.push_id and held.recorded_by = 'pushledger') as has_run,
                  exists (select from pushledger.pushes as held where held.push_id = asked.push_id) as has_push
           from unnest($1::uuid[]) as asked (push_id)) as looked
     where not (has_run and has_push)`,
    [pushIds],
  );
  return rows.flatMap(({ push_id: pushId, has_run: hasRun, has_push: hasPush }) => [
    ...(hasRun ? [] : [{ pushId, projection: 'data_factory' as const }]),
    ...(hasPush ? [] : [{ pushId, projection: 'push_history' as const }]),
  ]);
}

/** Whether a projection could not take an event, and has parked it: it is known to have no row then. */
export async function isParked(pool: Pool, { projection }: PushTable, eventId: EventId): Promise<boolean> {
  const { rows } = await pool.query(
    `select from pushledger.parked_events where projection = $1 and event_id = $2`,
    [projection, eventId],
  );
  return rows.length > 0;
}

const pageSize = 500;

/** The rows whose push is not in the log, up to `limit`. Reads the whole table: only where their number says so. */
export async function surplusRows(
  pool: Pool,
  store: EventStore,
  { projection }: PushTable,
  limit: number,
): Promise<PushId[]> {
  const surplus: PushId[] = [];
  let after: PushId | null = null;
  while (surplus.length < limit) {
    const { rows }: { rows: { push_id: PushId }[] } = await pool.query<{ push_id: PushId }>(
      pageStatements[projection],
      [after, pageSize],
    );
    if (rows.length === 0) break;
    after = rows.at(-1)?.push_id ?? null;
    const events = await store.readStreams(rows.map((row) => streamOf.push(row.push_id)));
    const held = new Set(events.map(({ stream }) => stream));
    surplus.push(...rows.map((row) => row.push_id).filter((id) => !held.has(streamOf.push(id))));
  }
  return surplus.slice(0, limit);
}

const pageStatements = {
  data_factory: `
    select run_id as push_id from data_factory.runs
    where recorded_by = 'pushledger' and trigger in ('webhook', 'recovery') and ($1::uuid is null or run_id > $1)
    order by run_id limit $2`,
  push_history: `
    select push_id from pushledger.pushes where $1::uuid is null or push_id > $1 order by push_id limit $2`,
};
