import type { ClientBase } from 'pg';
import { livePlace, recordedBy, type Table } from '../table.ts';
import type { Shadow } from './shadow.ts';

/**
 * Whether the live rows of ours and those of the shadow are the same, by their number and the sum of their hashes of
 * 64 bits. One pass over each side that workers can share; finding out which rows differ takes three joins, at four
 * times the cost, and mostly none do. Rows that are equal to Postgres have the same hash.
 */
export async function isSame(client: ClientBase, table: Table, shadow: Shadow): Promise<boolean> {
  const typed = (columns: readonly string[]) =>
    // As in the comparison, a live column may have another type that takes ours.
    columns.map((column) => `${column}::${table.columns[column]}`).join(', ');
  // A record's hash is linear in those of its columns, so that a sum would not see two rows swap a value. With a seed
  // that differs from row to row it does.
  const seed = seedOf(table, typed(table.key));
  const hash = `hash_record_extended(row(${typed(Object.keys(table.columns))}), ${seed})`;
  const summed = (place: string) => `select count(*) as rows, sum(${hash}) as hashes from ${place}`;
  const ours = table.shared ? `where recorded_by = '${recordedBy}'` : '';
  const { rows } = await client.query<{ same: boolean }>(
    `select (live.rows, live.hashes) is not distinct from (built.rows, built.hashes) as same
     from (${summed(livePlace(table))} ${ours}) as live, (${summed(shadow.at(table))}) as built`,
  );
  return rows[0]?.same === true;
}

/** A record of one uuid takes a fifth of all the time to make and to take apart. */
function seedOf({ key, columns }: Table, typedKey: string): string {
  const [column] = key;
  return key.length === 1 && column !== undefined && columns[column] === 'uuid'
    ? `uuid_hash_extended(${typedKey}, 0)`
    : `hash_record_extended(row(${typedKey}), 0)`;
}
