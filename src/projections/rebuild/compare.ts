import type { ClientBase } from 'pg';
import { livePlace, recordedBy, type Table } from '../table.ts';
import type { Shadow } from './shadow.ts';

/** How the live rows of a table differ from those that follow from the events. */
export interface Difference {
  /** `schema.table`. */
  readonly table: string;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export function isDifferent(difference: Difference): boolean {
  return difference.added + difference.changed + difference.removed > 0;
}

/** Counts the differences, and changes nothing. */
export async function compareShadow(client: ClientBase, shadow: Shadow): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const table of shadow.projection.tables) {
    const sides = sidesOf(table, shadow);
    const { rows } = await client.query<{ added: number; changed: number; removed: number }>(
      `select (select count(*)::int from (${sides.added}) as rows) as added,
              (select count(*)::int from (${sides.changed}) as rows) as changed,
              (select count(*)::int from (${sides.removed}) as rows) as removed`,
    );
    const [counts = { added: 0, changed: 0, removed: 0 }] = rows;
    differences.push({ table: livePlace(table), ...counts });
  }
  return differences;
}

/**
 * Makes the live rows of ours those of the shadow, and touches only what differs. What others refer to is added first
 * and removed last.
 */
export async function applyShadow(client: ClientBase, shadow: Shadow): Promise<Difference[]> {
  const { tables } = shadow.projection;
  const counts = new Map(tables.map((table) => [table, { added: 0, changed: 0, removed: 0 }]));
  const count = async (table: Table, kind: 'added' | 'changed' | 'removed', statement: string) => {
    const { rowCount } = await client.query(statement);
    const held = counts.get(table);
    if (held) held[kind] = rowCount ?? 0;
  };
  // Changed before added: a row that gives up a unique value makes room for the one that takes it.
  for (const table of tables) await count(table, 'changed', changeStatement(table, shadow));
  for (const table of tables) await count(table, 'added', addStatement(table, shadow));
  for (const table of tables.toReversed()) await count(table, 'removed', removeStatement(table, shadow));
  return [...counts].map(([table, held]) => ({ table: livePlace(table), ...held }));
}

/** Queries that give the rows of each kind, in the columns of the side that has them. */
function sidesOf(table: Table, shadow: Shadow): { added: string; changed: string; removed: string } {
  const live = livePlace(table);
  const built = shadow.at(table);
  const columns = Object.keys(table.columns);
  const sameKey = table.key.map((column) => `live.${column} = built.${column}`).join(' and ');
  const list = (side: string) => columns.map((column) => `${side}.${column}`).join(', ');
  const ours = table.shared ? `live.recorded_by = '${recordedBy}'` : 'true';
  return {
    // A row of another program under the same key keeps its place.
    added: `select ${list('built')} from ${built} built
            where not exists (select 1 from ${live} live where ${sameKey})`,
    changed: `select ${list('built')} from ${built} built join ${live} live on ${sameKey}
              where ${ours} and (${list('live')}) is distinct from (${list('built')})`,
    removed: `select ${list('live')} from ${live} live
              where ${ours} and not exists (select 1 from ${built} built where ${sameKey})
                ${table.keptWhile ? `and not (${table.keptWhile})` : ''}`,
  };
}

function addStatement(table: Table, shadow: Shadow): string {
  const columns = Object.keys(table.columns).join(', ');
  const owner = table.shared
    ? { column: ', recorded_by', value: `, '${recordedBy}'` }
    : { column: '', value: '' };
  return `insert into ${livePlace(table)} (${columns}${owner.column})
          select ${columns}${owner.value} from (${sidesOf(table, shadow).added}) as added`;
}

function changeStatement(table: Table, shadow: Shadow): string {
  const others = Object.keys(table.columns).filter((column) => !table.key.includes(column));
  const sameKey = table.key.map((column) => `live.${column} = changed.${column}`).join(' and ');
  return `update ${livePlace(table)} live
          set ${others.map((column) => `${column} = changed.${column}`).join(', ')}
          from (${sidesOf(table, shadow).changed}) as changed
          where ${sameKey}`;
}

function removeStatement(table: Table, shadow: Shadow): string {
  const sameKey = table.key.map((column) => `live.${column} = removed.${column}`).join(' and ');
  return `delete from ${livePlace(table)} live
          using (${sidesOf(table, shadow).removed}) as removed
          where ${sameKey}`;
}
