import type { ClientBase } from 'pg';
import type { Changes } from './projection.ts';
import { type Place, type Row, recordedBy, type Table } from './table.ts';

/** Puts the rows of a batch: one statement a table, and amendments behind the rows that they change. */
export async function putChanges(client: ClientBase, at: Place, changes: Changes): Promise<void> {
  const inOrder = [...changes].toSorted(
    ([one], [other]) => Number(isAmended(one)) - Number(isAmended(other)),
  );
  for (const [table, rows] of inOrder) {
    if (rows.length > 0)
      await client.query(statementFor(table, at(table)), [JSON.stringify(lastOfEach(table, rows))]);
  }
}

const isAmended = (table: Table) => table.growth === 'amended';

function statementFor(table: Table, target: string): string {
  return isAmended(table) && !table.whole ? amendStatement(table, target) : putStatement(table, target);
}

/** One statement cannot write a row twice. */
export function lastOfEach(table: Table, rows: readonly Row[]): readonly Row[] {
  if (table.growth === 'appended') return rows;
  return [...new Map(rows.map((row) => [keyOf(table, row), row])).values()];
}

export function keyOf(table: Table, row: Row): string {
  return JSON.stringify(table.key.map((column) => row[column]));
}

/** Sets the columns of rows that are there. */
function amendStatement(table: Table, target: string): string {
  const others = Object.keys(table.columns).filter((column) => !table.key.includes(column));
  return `
    update ${target} as held
    set ${others.map((column) => `${column} = batch.${column}`).join(', ')}
    from json_to_recordset($1::json) as batch (${typedColumns(table)})
    where ${table.key.map((column) => `held.${column} = batch.${column}`).join(' and ')}
    ${table.shared ? `and held.recorded_by = '${recordedBy}'` : ''}`;
}

function typedColumns(table: Table): string {
  return Object.entries(table.columns)
    .map(([column, type]) => `${column} ${type}`)
    .join(', ');
}

/**
 * Takes the batch as one JSON array; the types are those of the table's description. A row that another program holds
 * under the same key is left alone.
 */
function putStatement(table: Table, target: string): string {
  const columns = Object.keys(table.columns);
  const others = columns.filter((column) => !table.key.includes(column));
  const owner = table.shared
    ? { column: ', recorded_by', value: `, '${recordedBy}'` }
    : { column: '', value: '' };
  return `
    insert into ${target} as held (${columns.join(', ')}${owner.column})
    select ${columns.join(', ')}${owner.value} from json_to_recordset($1::json) as batch (${typedColumns(table)})
    on conflict (${table.key.join(', ')}) do update
    set ${others.map((column) => `${column} = excluded.${column}`).join(', ')}
    ${table.shared ? `where held.recorded_by = '${recordedBy}'` : ''}`;
}
