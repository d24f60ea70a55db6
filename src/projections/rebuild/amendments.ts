import type { ClientBase } from 'pg';
import type { Projection } from '../projection.ts';
import { putChanges } from '../put-rows.ts';
import type { Place, Table } from '../table.ts';
import type { Batch } from './batch.ts';
import { copyRows } from './copy-rows.ts';

/** Where amendments wait: a shadow's appended tables have no index by which single rows could be found. */
interface Amended {
  readonly projection: Projection;
  readonly at: Place;
}

const amendmentsOf = ({ projection }: Amended) => projection.amendments ?? [];

/** The table in which an amendment's rows wait, in the order that they were written in. */
function waiting(shadow: Amended, amendment: Table): string {
  return `${shadow.at(amendment)}_amended_${amendmentsOf(shadow).indexOf(amendment)}`;
}

/** @param create `create table`, or what stands in its place */
export async function createAmendments(client: ClientBase, shadow: Amended, create: string): Promise<void> {
  for (const amendment of amendmentsOf(shadow)) {
    const columns = Object.entries(amendment.columns).map(([column, type]) => `${column} ${type}`);
    await client.query(`drop table if exists ${waiting(shadow, amendment)}`);
    await client.query(
      `${create} ${waiting(shadow, amendment)} (${columns.join(', ')}, ordinal bigint generated always as identity)`,
    );
  }
}

/** To be called when all of them were applied, where the shadow stays. */
export async function dropAmendments(client: ClientBase, shadow: Amended): Promise<void> {
  for (const amendment of amendmentsOf(shadow))
    await client.query(`drop table ${waiting(shadow, amendment)}`);
}

/** Writes a batch within a transaction. What amends rows waits for `applyAmendments`. */
export async function putBatch(client: ClientBase, shadow: Amended, batch: Batch): Promise<void> {
  await putChanges(client, shadow.at, batch.replaced);
  for (const [table, rows] of batch.copied) {
    const target = table.growth === 'amended' ? waiting(shadow, table) : shadow.at(table);
    await copyRows(client, table, target, rows);
  }
}

/** Amends the rows of the shadow: all at once, as each time is one pass over the table. */
export async function applyAmendments(client: ClientBase, shadow: Amended): Promise<void> {
  for (const amendment of amendmentsOf(shadow)) {
    const held = waiting(shadow, amendment);
    const { rows } = await client.query<{ waiting: boolean }>(
      `select exists (select 1 from ${held}) as waiting`,
    );
    if (!rows[0]?.waiting) continue;
    // Of several amendments of a row the last one counts.
    const latest = `select distinct on (${amendment.key.join(', ')}) *
                    from ${held} order by ${amendment.key.join(', ')}, ordinal desc`;
    await client.query(`analyze ${held}`);
    await client.query(amendStatement(amendment, shadow.at(amendment), latest));
    if (amendment.whole) await client.query(addStatement(amendment, shadow.at(amendment), latest));
    await client.query(`delete from ${held}`);
  }
}

function amendStatement(amendment: Table, target: string, latest: string): string {
  const others = Object.keys(amendment.columns).filter((column) => !amendment.key.includes(column));
  return `update ${target} as held
          set ${others.map((column) => `${column} = latest.${column}`).join(', ')}
          from (${latest}) as latest
          where ${sameKey(amendment, 'held')}`;
}

function addStatement(amendment: Table, target: string, latest: string): string {
  const columns = Object.keys(amendment.columns);
  return `insert into ${target} (${columns.join(', ')})
          select ${columns.map((column) => `latest.${column}`).join(', ')} from (${latest}) as latest
          where not exists (select 1 from ${target} as held where ${sameKey(amendment, 'held')})`;
}

function sameKey(amendment: Table, side: string): string {
  return amendment.key.map((column) => `${side}.${column} = latest.${column}`).join(' and ');
}
