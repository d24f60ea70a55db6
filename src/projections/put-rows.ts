import type { ClientBase } from 'pg';
import type { Changes } from './projection.ts';
import { type Place, type Row, recordedBy, type Table } from './table.ts';

/** Puts the rows of a batch: one statement a table. */
export async function putChanges(client: ClientBase, at: Place, changes: Changes): Promise<void> {
  for (const [table, rows] of changes) {
    if (rows.length > 0)
      await client.query(putStatement(table, at(table)), [JSON.stringify(lastOfEach(table, rows))]);
  }
}

/** One statement cannot write a row twice. */
export function lastOfEach(table: Table, rows: readonly Row[]): readonly Row[] {
  if (table.growth === 'appended') return rows;
  return [...new Map(rows.map((row) => [keyOf(table, row), row])).values()];
}

export function keyOf(table: Table, row: Row): string {
  return JSON.stringify(table.key.map((column) => row[column]));
}

/**
 * Takes the batch as one JSON array; the types are those of the table's description. A row that another program holds
 * under the same key is left alone.
 */
function putStatement(table: Table, target: string): string {
  const columns = Object.keys(table.columns);
  const typed = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
  const others = columns.filter((column) => !table.key.includes(column));
  const owner = table.shared
    ? { column: ', recorded_by', value: `, '${recordedBy}'` }
    : { column: '', value: '' };
  return `
    insert into ${target} as held (${columns.join(', ')}${owner.column})
    select ${columns.join(', ')}${owner.value} from json_to_recordset($1::json) as batch (${typed.join(', ')})
    on conflict (${table.key.join(', ')}) do update
    set ${others.map((column) => `${column} = excluded.${column}`).join(', ')}
    ${table.shared ? `where held.recorded_by = '${recordedBy}'` : ''}`;
}
