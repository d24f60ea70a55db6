import { afterEach, beforeEach, expect, test } from 'vitest';
import { mixedDrafts, pushDraft } from './support/facts.ts';
import { createProjectedLog, noDifference, type ProjectedLog, sumOf } from './support/projected-log.ts';

let projected: ProjectedLog;
beforeEach(async () => {
  projected = await createProjectedLog();
  await projected.append(...mixedDrafts(6));
});
afterEach(() => projected.close());

/** What other programs have in the shared tables, and their columns in our rows. */
async function othersRows(): Promise<unknown> {
  const read = async (query: string) => (await projected.admin.query<{ row: string }>(query)).rows;
  return {
    nodes: await read(
      `select n::text as row from data_factory.nodes n where recorded_by is distinct from 'pushledger' order by 1`,
    ),
    runs: await read(
      `select r::text as row from data_factory.runs r where recorded_by is distinct from 'pushledger' order by 1`,
    ),
    calls: await read(
      `select c::text as row from call_monitor.calls c where recorded_by is distinct from 'pushledger' order by 1`,
    ),
    columns: await read(
      `select node_id || owner_team as row from data_factory.nodes where owner_team is not null order by 1`,
    ),
  };
}

async function othersMove(): Promise<void> {
  await projected.admin.query(`
    alter table data_factory.nodes add column owner_team text;
    insert into data_factory.nodes (node_id, kind, name, run_count, recorded_by)
      values ('mail_import', 'extractor', 'mail', 3, null), ('crm_import', 'extractor', 'crm', 4, 'crm');
    insert into data_factory.runs (run_id, node_id, trigger, message, recorded_by)
      values (gen_random_uuid(), 'mail_import', 'cron', 'theirs', null),
             (gen_random_uuid(), 'gitea_push_repository-1', 'manual', 'theirs, under a node of ours', 'crm');
    insert into call_monitor.calls (call_id, trace_id, function_name, recorded_by)
      select gen_random_uuid(), trace_id, 'crm.sync', 'crm' from call_monitor.calls limit 1;
    update data_factory.nodes set owner_team = 'blue' where node_id = 'gitea_push_repository-1';
  `);
}

test('rows of others, also under our nodes, and others’ columns survive live work and a rebuild, byte for byte', async () => {
  await projected.project();
  await othersMove();
  const theirs = await othersRows();

  await projected.append(...mixedDrafts(6, { position: 50 }));
  await projected.project();
  expect(await othersRows()).toEqual(theirs);

  // Something to mend in each table that they share with us.
  await projected.admin.query(`
    update data_factory.nodes set name = 'lies' where recorded_by = 'pushledger';
    delete from data_factory.runs where recorded_by = 'pushledger';
    update call_monitor.calls set status = 'lies' where recorded_by = 'pushledger';
  `);
  expect(sumOf(await projected.rebuild())).toMatchObject({ added: 12, removed: 0 });
  expect(await othersRows()).toEqual(theirs);
  expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
});

test('a node of ours that the log no longer gives stays while runs of others hang on it, and goes when they do', async () => {
  await projected.project();
  await projected.admin.query(`
    insert into data_factory.nodes (node_id, recorded_by) values ('gitea_push_old', 'pushledger');
    insert into data_factory.runs (run_id, node_id, recorded_by)
      values (gen_random_uuid(), 'gitea_push_old', 'pushledger'), (gen_random_uuid(), 'gitea_push_old', 'crm');
  `);
  // Our run under it goes.
  expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual({ added: 0, changed: 0, removed: 1 });
  expect(sumOf(await projected.rebuild())).toEqual({ added: 0, changed: 0, removed: 1 });
  const left = `select r.recorded_by from data_factory.nodes n join data_factory.runs r using (node_id)
                where node_id = 'gitea_push_old'`;
  expect((await projected.admin.query(left)).rows).toEqual([{ recorded_by: 'crm' }]);
  expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);

  await projected.admin.query(`delete from data_factory.runs where node_id = 'gitea_push_old'`);
  expect(sumOf(await projected.rebuild())).toEqual({ added: 0, changed: 0, removed: 1 });
});

test.each(['', 'on delete cascade'])(
  'a row that a table of another program refers to is not removed under it (%s)',
  async (onDelete) => {
    await projected.project();
    await projected.admin.query(`
      insert into data_factory.nodes (node_id, recorded_by)
        values ('gitea_push_held', 'pushledger'), ('gitea_push_free', 'pushledger');
      create schema crm;
      create table crm."Owners" ("node id" text references data_factory.nodes (node_id) ${onDelete});
      insert into crm."Owners" values ('gitea_push_held');
    `);
    expect(sumOf(await projected.rebuild())).toEqual({ added: 0, changed: 0, removed: 1 });
    const { rows } = await projected.admin.query(`select "node id" as node from crm."Owners"`);
    expect(rows).toEqual([{ node: 'gitea_push_held' }]);
    expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
  },
);

test('a row that another program put under the key of one of ours keeps its place, in live work and in a rebuild', async () => {
  const push = pushDraft({ position: 90 });
  await projected.admin.query(
    `insert into data_factory.nodes (node_id, name) values ('mail_import', 'mail');
     insert into data_factory.runs (run_id, node_id, message) values ('${push.data.pushId}', 'mail_import', 'theirs')`,
  );
  await projected.append(push);
  await projected.project();
  await projected.rebuild();
  const { rows } = await projected.admin.query(
    `select message, recorded_by from data_factory.runs where run_id = $1`,
    [push.data.pushId],
  );
  expect(rows).toEqual([{ message: 'theirs', recorded_by: null }]);
  expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
});

test('a table of another program whose columns have types that take ours is kept and mended like our own', async () => {
  await projected.admin.query(`
    alter table call_monitor.calls alter column attributes type json, alter column duration_ms type numeric,
      alter column function_name type varchar, add column cost numeric not null default 0;
    alter table data_factory.runs alter column duration_ms type bigint, alter column commit_count type numeric;
  `);
  await projected.project();
  const right = await projected.rows();
  expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
  await projected.admin.query(`update call_monitor.calls set attributes = '{}'`);
  expect(sumOf(await projected.rebuild())).toMatchObject({ changed: right['call_monitor.calls']?.length });
  expect(await projected.rows()).toEqual(right);
});

test('a rebuild that a constraint of another program refuses says so and changes nothing', async () => {
  await projected.project();
  await projected.admin.query(`
    update data_factory.nodes set kind = 'lies';
    alter table data_factory.nodes add constraint no_extractors check (kind <> 'extractor');
  `);
  const before = await projected.rows();
  await expect(projected.rebuild()).rejects.toMatchObject({
    code: 'SCHEMA_INCOMPATIBLE',
    message: expect.stringContaining('no_extractors'),
  });
  expect(await projected.rows()).toEqual(before);
});
