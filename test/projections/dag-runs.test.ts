import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callIdOf, dagRunIdOf } from '../../src/events/ids.ts';
import { pushDrafts, triggeredDraft, triggerFailedDraft } from './support/facts.ts';
import { createProjectedLog, noDifference, type ProjectedLog, sumOf } from './support/projected-log.ts';

let projected: ProjectedLog;
beforeEach(async () => {
  projected = await createProjectedLog();
});
afterEach(() => projected.close());

const rows = async (query: string, values: unknown[] = []) =>
  (await projected.admin.query(query, values)).rows;
const nodes = () => rows(`select * from data_factory.nodes order by node_id`);

/** Three pushes to one repository: one whose DAG started, one that was refused before it did, one that was refused. */
async function appendAll() {
  const pushes = pushDrafts(3, { repositoryId: 7, fullName: 'acme/widgets' });
  const [started, late, refused] = pushes.map(({ data }) => data);
  if (!started || !late || !refused) throw new Error('three pushes were to be made');
  await projected.append(...pushes);
  const before = projected.project().then(nodes);
  return {
    started,
    late,
    refused,
    nodesBefore: await before,
    outcomes: [
      triggeredDraft(started, 2),
      triggerFailedDraft(late),
      triggeredDraft(late),
      triggerFailedDraft(refused),
    ],
  };
}

describe('a run that a push started in dag_engine', () => {
  it('is a second run on the same node, and changes nothing of the node', async () => {
    const { started, late, refused, nodesBefore, outcomes } = await appendAll();
    for (const outcome of outcomes) await projected.append(outcome);
    await projected.project();

    expect(await nodes()).toEqual(nodesBefore);
    expect(nodesBefore).toMatchObject([{ run_count: '3' }]);
    const children = await rows(
      `select run_id, node_id, status, parent_run_id, push_id, started_at, finished_at, duration_ms, branch, after_sha,
              message, url
       from data_factory.runs where trigger = 'api' order by parent_run_id, status`,
    );
    const node = { node_id: nodesBefore[0]?.node_id };
    const expected = [
      {
        ...node,
        run_id: dagRunIdOf(started.pushId),
        status: 'running',
        parent_run_id: started.pushId,
        push_id: started.pushId,
        started_at: new Date('2026-02-03T06:00:06Z'),
        finished_at: null,
        duration_ms: null,
        branch: started.branch,
        after_sha: started.after,
        message: 'DAG gitea_push accepted as manual__2026',
        url: 'https://dags.test/runs/1',
      },
      { ...node, status: 'failed', parent_run_id: late.pushId, duration_ms: 1_000, url: null },
      { ...node, status: 'running', parent_run_id: late.pushId, run_id: dagRunIdOf(late.pushId) },
      {
        ...node,
        status: 'failed',
        parent_run_id: refused.pushId,
        finished_at: new Date('2026-02-03T06:00:07Z'),
        message: 'DAG gitea_push: HTTP 404: no such\uFFFD DAG',
      },
    ];
    expect(children).toHaveLength(4);
    expect(children).toEqual(expect.arrayContaining(expected.map((row) => expect.objectContaining(row))));
  });

  it('is a call in the chain of its push', async () => {
    const { started, refused, outcomes } = await appendAll();
    await projected.append(...outcomes);
    await projected.project();
    const calls = (pushId: string) =>
      rows(`select * from call_monitor.calls where trace_id = $1 and function_name = 'dag_engine.trigger'`, [
        pushId,
      ]);
    expect(await calls(started.pushId)).toMatchObject([
      {
        parent_call_id: callIdOf(started.pushId, 'data_factory.record'),
        status: 'retried',
        started_at: new Date('2026-02-03T06:00:06Z'),
        duration_ms: 250,
        error: null,
        attributes: {
          dag: 'gitea_push',
          run_id: dagRunIdOf(started.pushId),
          remote_run_id: 'manual__2026',
          http_status: 201,
          attempts: 2,
        },
      },
    ]);
    expect(await calls(refused.pushId)).toMatchObject([
      {
        status: 'error',
        duration_ms: 1_000,
        error: 'HTTP 404: no such\uFFFD DAG',
        attributes: { attempts: 1 },
      },
    ]);
  });

  it('is the same after a rebuild', async () => {
    const { outcomes } = await appendAll();
    await projected.append(...outcomes);
    await projected.project();
    const before = await projected.rows();
    expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
    await projected.admin.query(`delete from data_factory.runs where recorded_by = 'pushledger'`);
    await projected.admin.query(`delete from call_monitor.calls where recorded_by = 'pushledger'`);
    await projected.rebuild();
    expect(await projected.rows()).toEqual(before);
  });
});
