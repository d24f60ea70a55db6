import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Projection } from '../../../src/projections/projection.ts';
import { pushHistory } from '../../../src/projections/push-history/push-history.ts';
import { mixedDrafts } from '../support/facts.ts';
import {
  createProjectedLog,
  noDifference,
  type ProjectedLog,
  type Rows,
  sumOf,
} from '../support/projected-log.ts';

let projected: ProjectedLog;
let right: Rows;
beforeEach(async () => {
  projected = await createProjectedLog();
  await projected.append(...mixedDrafts(12));
  await projected.project();
  right = await projected.rows();
});
afterEach(() => projected.close());

test('a rebuild of what nobody has touched finds no difference, and leaves nothing behind', async () => {
  expect(sumOf(await projected.rebuild())).toEqual(noDifference);
  expect(await projected.rows()).toEqual(right);
  expect(await projected.shadows()).toEqual([]);
  // There was something to compare.
  expect(right['data_factory.runs']).toHaveLength(12);
  expect(right['call_monitor.calls']).toHaveLength(12 * 3 + 2 + 2 + 1 + 2);
  expect(right['pushledger.pushes']).toHaveLength(12);
});

describe('is found by a dry run, which changes nothing, and mended by a rebuild:', () => {
  test.each<[string, string, { added: number; changed: number; removed: number }]>([
    [
      'a run that was changed',
      `update data_factory.runs set message = 'lies' where run_id = (select min(run_id::text)::uuid from data_factory.runs)`,
      { added: 0, changed: 1, removed: 0 },
    ],
    [
      'a value that was emptied',
      `update pushledger.pushes set pusher = null where push_id = (select min(push_id::text)::uuid from pushledger.pushes)`,
      { added: 0, changed: 1, removed: 0 },
    ],
    [
      'a count that is wrong',
      `update data_factory.nodes set run_count = run_count + 1 where repo_id = 1`,
      { added: 0, changed: 1, removed: 0 },
    ],
    [
      'an attribute of a call',
      `update call_monitor.calls set attributes = '{}' where function_name = 'matrix.send_message' and status = 'error'`,
      { added: 0, changed: 1, removed: 0 },
    ],
    [
      'a run that was removed',
      `delete from data_factory.runs where run_id = (select min(run_id::text)::uuid from data_factory.runs)`,
      { added: 1, changed: 0, removed: 0 },
    ],
    [
      'a run that was added as ours',
      `insert into data_factory.runs (run_id, node_id, recorded_by)
       select gen_random_uuid(), min(node_id), 'pushledger' from data_factory.nodes`,
      { added: 0, changed: 0, removed: 1 },
    ],
    [
      'a node that was added as ours',
      `insert into data_factory.nodes (node_id, recorded_by) values ('gitea_push_invented', 'pushledger')`,
      { added: 0, changed: 0, removed: 1 },
    ],
    [
      'a push that was added',
      `insert into pushledger.pushes select (jsonb_populate_record(p, jsonb_build_object('push_id', gen_random_uuid()))).*
       from pushledger.pushes p limit 1`,
      { added: 0, changed: 0, removed: 1 },
    ],
    [
      'a run that somebody claimed for himself and then gave another id',
      `update data_factory.runs set run_id = gen_random_uuid()
       where run_id = (select min(run_id::text)::uuid from data_factory.runs)`,
      { added: 1, changed: 0, removed: 1 },
    ],
    [
      'two repositories that swapped their nodes, each of which only one may have',
      `set constraints all deferred;
       update pushledger.repositories set node_id = case repository_id when 1 then 'gitea_push_repository-1'
         else 'gitea_push_repository-0' end
       where repository_id in (1, 2)`,
      { added: 0, changed: 2, removed: 0 },
    ],
    [
      'a repository under another id, which holds the node of the right one',
      `update pushledger.repositories set repository_id = 99 where repository_id = 1`,
      { added: 1, changed: 0, removed: 1 },
    ],
    [
      'a node that is gone, and its runs under another one',
      `update data_factory.runs set node_id = 'gitea_push_repository-1' where node_id = 'gitea_push_repository-0';
       delete from data_factory.nodes where node_id = 'gitea_push_repository-0'`,
      { added: 1, changed: 4, removed: 0 },
    ],
    [
      'tables that were emptied',
      `truncate data_factory.runs, data_factory.nodes, pushledger.repositories`,
      { added: 12 + 3 + 3, changed: 0, removed: 0 },
    ],
  ])('%s', async (_, byHand, expected) => {
    await projected.admin.query(`begin; ${byHand}; commit`);
    const wrong = await projected.rows();
    expect(wrong).not.toEqual(right);

    expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(expected);
    expect(await projected.rows()).toEqual(wrong);

    expect(sumOf(await projected.rebuild())).toEqual(expected);
    expect(await projected.rows()).toEqual(right);
    expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
  });
});

test('names the table of each difference', async () => {
  await projected.admin.query(`update data_factory.nodes set name = 'lies' where repo_id in (1, 2)`);
  const rebuilt = await projected.rebuild({ dryRun: true });
  const found = rebuilt.flatMap(({ projection, differences }) =>
    differences.filter(({ changed }) => changed > 0).map((difference) => ({ projection, ...difference })),
  );
  expect(found).toEqual([
    { projection: 'data_factory', table: 'data_factory.nodes', added: 0, changed: 2, removed: 0 },
  ]);
});

test('the live projection goes on from a rebuild as if nothing had been', async () => {
  await projected.admin.query(`update data_factory.nodes set run_count = 77`);
  await projected.rebuild();
  await projected.append(...mixedDrafts(5, { position: 40 }));
  await projected.project();
  expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
  const { rows } = await projected.admin.query(`select sum(run_count)::int as runs from data_factory.nodes`);
  expect(rows).toEqual([{ runs: 17 }]);
});

test('a dry run does not make the live projection wait, and sees one moment of it', async () => {
  // Somebody holds the checkpoint for as long as he likes.
  await projected.admin.query(`begin`);
  await projected.admin.query(`select 1 from pushledger.checkpoints for update`);
  expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
  await projected.admin.query(`rollback`);
});

test('only the named projections are touched', async () => {
  await projected.admin.query(
    `update data_factory.nodes set name = 'lies'; update pushledger.pushes set pusher = 'lies'`,
  );
  const projections = [pushHistory as Projection];
  expect(sumOf(await projected.rebuild({ projections }))).toEqual({ added: 0, changed: 12, removed: 0 });
  const { rows } = await projected.admin.query(`select distinct name from data_factory.nodes`);
  expect(rows).toEqual([{ name: 'lies' }]);
});
