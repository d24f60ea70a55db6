import type { ClientBase } from 'pg';
import { callMonitor, calls } from '../../../src/projections/call-monitor/call-monitor.ts';
import { dataFactory } from '../../../src/projections/data-factory/data-factory.ts';
import { nodes } from '../../../src/projections/data-factory/tables.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { pushHistory } from '../../../src/projections/push-history/push-history.ts';
import { livePlace, placeIn, type Table } from '../../../src/projections/table.ts';

/** Those that our rebuild makes, but for the hooks' states, of which the log of the benchmark tells nothing. */
export const projections: readonly Projection[] = [
  dataFactory as Projection,
  callMonitor as Projection,
  pushHistory as Projection,
];

const schema = 'bench_emmett';
/** Where Emmett's rows go. */
export const emmettPlace = placeIn(schema);

/** Tables as our rebuild has them (unlogged, without vacuum), with the key that single rows are put by. */
export async function createTables(client: ClientBase): Promise<void> {
  await client.query(`drop schema if exists ${schema} cascade`);
  await client.query(`create schema ${schema}`);
  for (const table of projections.flatMap(({ tables }) => tables)) {
    const target = emmettPlace(table);
    await client.query(
      `create unlogged table ${target} (like ${livePlace(table)} including defaults) with (autovacuum_enabled = off)`,
    );
    await client.query(`alter table ${target} add primary key (${table.key.join(', ')})`);
  }
}

/** Every row that Emmett wrote for a push must be just the one that we have. */
export async function expectSameRows(client: ClientBase, pushes: number): Promise<void> {
  for (const table of projections.flatMap(({ tables }) => tables)) {
    if (table.growth !== 'appended') continue;
    const { rows } = await client.query(
      `select count(*)::int as held,
              count(*) filter (where (${columnsOf(table, 'theirs')}) is distinct from (${columnsOf(table, 'ours')}))::int
                as different
       from ${emmettPlace(table)} theirs
       left join ${livePlace(table)} ours using (${table.key.join(', ')})`,
    );
    expectRow(table.name, rows[0], { held: table === calls ? 3 * pushes : pushes, different: 0 });
  }
  const { rows } = await client.query(`select sum(run_count)::int as counted from ${emmettPlace(nodes)}`);
  expectRow(nodes.name, rows[0], { counted: pushes });
}

function columnsOf(table: Table, alias: string): string {
  return Object.keys(table.columns)
    .map((column) => `${alias}.${column}`)
    .join(', ');
}

function expectRow(name: string, found: unknown, expected: object): void {
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`wrong rows of Emmett in ${name}: ${JSON.stringify(found)}`);
}
