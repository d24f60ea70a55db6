import type { ClientBase } from 'pg';
import { livePlace, recordedBy, type Table } from '../table.ts';
import { isSame } from './fingerprint.ts';
import { heldByOthers } from './references.ts';
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
  const different = await differentOf(client, shadow);
  for (const table of shadow.projection.tables) {
    if (!different.includes(table)) {
      differences.push({ table: livePlace(table), added: 0, changed: 0, removed: 0 });
      continue;
    }
    const sides = await sidesOf(client, table, shadow);
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
 * Makes the live rows of ours those of the shadow, and touches only what differs. What others refer to is there before
 * them, and is removed after them.
 */
export async function applyShadow(client: ClientBase, shadow: Shadow): Promise<Difference[]> {
  const { tables } = shadow.projection;
  const different = await differentOf(client, shadow);
  // Rows may swap a unique value, or take that of one which is removed last.
  await client.query('set constraints all deferred');
  const counts = new Map<Table, Omit<Difference, 'table'>>();
  for (const table of different) {
    const { changed, added } = await sidesOf(client, table, shadow);
    counts.set(table, {
      changed: await count(client, changeStatement(table, changed)),
      added: await count(client, addStatement(table, added)),
      removed: 0,
    });
  }
  for (const table of different.toReversed()) {
    const { removed } = await sidesOf(client, table, shadow);
    const before = counts.get(table) ?? { changed: 0, added: 0 };
    counts.set(table, { ...before, removed: await count(client, removeStatement(table, removed)) });
  }
  return tables.map((table) => ({
    table: livePlace(table),
    ...(counts.get(table) ?? { added: 0, changed: 0, removed: 0 }),
  }));
}

async function differentOf(client: ClientBase, shadow: Shadow): Promise<Table[]> {
  const different: Table[] = [];
  for (const table of shadow.projection.tables) {
    if (await isSame(client, table, shadow)) continue;
    different.push(table);
    // Nothing else has gathered what the planner must know to join it.
    await client.query(`analyze ${shadow.at(table)}`);
  }
  return different;
}

async function count(client: ClientBase, statement: string): Promise<number> {
  return (await client.query(statement)).rowCount ?? 0;
}

/** Queries that give the rows of each kind, in the columns of the side that has them. */
async function sidesOf(
  client: ClientBase,
  table: Table,
  shadow: Shadow,
): Promise<{ added: string; changed: string; removed: string }> {
  const live = livePlace(table);
  const built = shadow.at(table);
  const columns = Object.entries(table.columns);
  const sameKey = table.key.map((column) => `live.${column} = built.${column}`).join(' and ');
  const list = (side: string) => columns.map(([column]) => `${side}.${column}`).join(', ');
  // A table that another program made may have a type that takes ours, and knows no equality of its own (json).
  const typed = columns.map(([column, type]) => `live.${column}::${type}`).join(', ');
  const ours = table.shared ? `live.recorded_by = '${recordedBy}'` : 'true';
  const held = await heldByOthers(client, table, shadow.projection.tables);
  const kept = [table.keptWhile, held].filter((condition) => typeof condition === 'string');
  return {
    // A row of another program under the same key keeps its place.
    added: `select ${list('built')} from ${built} built
            where not exists (select 1 from ${live} live where ${sameKey})`,
    changed: `select ${list('built')} from ${built} built join ${live} live on ${sameKey}
              where ${ours} and (${typed}) is distinct from (${list('built')})`,
    removed: `select ${list('live')} from ${live} live
              where ${ours} and not exists (select 1 from ${built} built where ${sameKey})
                ${kept.map((condition) => `and not (${condition})`).join(' ')}`,
  };
}

function addStatement(table: Table, added: string): string {
  const columns = Object.keys(table.columns).join(', ');
  const owner = table.shared
    ? { column: ', recorded_by', value: `, '${recordedBy}'` }
    : { column: '', value: '' };
  return `insert into ${livePlace(table)} (${columns}${owner.column})
          select ${columns}${owner.value} from (${added}) as added`;
}

function changeStatement(table: Table, changed: string): string {
  const others = Object.keys(table.columns).filter((column) => !table.key.includes(column));
  const sameKey = table.key.map((column) => `live.${column} = changed.${column}`).join(' and ');
  return `update ${livePlace(table)} live
          set ${others.map((column) => `${column} = changed.${column}`).join(', ')}
          from (${changed}) as changed
          where ${sameKey}`;
}

function removeStatement(table: Table, removed: string): string {
  const sameKey = table.key.map((column) => `live.${column} = removed.${column}`).join(' and ');
  return `delete from ${livePlace(table)} live
          using (${removed}) as removed
          where ${sameKey}`;
}
