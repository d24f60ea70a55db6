import { afterEach, beforeEach, expect, it } from 'vitest';
import { callIdOf, dagRunIdOf, type PushId } from '../../src/events/ids.ts';
import type { HealthReport } from '../../src/health/report.ts';
import { showPush } from '../../src/push-search/show-push.ts';
import { until } from '../support/condition.ts';
import { type DagEngineDouble, startDagEngine } from '../support/dag-engine.ts';
import { bytesOf, fixture, fixtureBytes, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

let engine: DagEngineDouble;
let service: RunningService;
beforeEach(async () => {
  engine = await startDagEngine();
  service = await startTestService({
    env: { DAG_ENGINE_URL: engine.url, DAG_ENGINE_TOKEN: 'a-token', DAG_ENGINE_DAG: 'on_push' },
  });
});
afterEach(async () => {
  await service.stop();
  await engine.close();
});

const push = async (body = bytesOf(fixture('push-force-rewrite'))) =>
  (await post(service.url, { body })).body.pushId as PushId;
const health = async () =>
  (await (await fetch(service.url.replace('/gitea', '/health'))).json()) as HealthReport;
const metrics = async () => (await fetch(`${service.address}/metrics`)).text();

it('the first push after the first start runs its DAG, as a second run of which the node tells nothing', async () => {
  const pushId = await push();
  const runs = () =>
    service.rows<{ run_id: string; trigger: string; status: string; parent_run_id: string | null }>(
      `select run_id, trigger, status, parent_run_id from data_factory.runs order by trigger desc`,
    );
  await until('the run', async () => (await runs()).length === 2);
  expect(await runs()).toEqual([
    { run_id: pushId, trigger: 'webhook', status: 'success', parent_run_id: null },
    { run_id: dagRunIdOf(pushId), trigger: 'api', status: 'running', parent_run_id: pushId },
  ]);
  const nodes = await service.rows(`select run_count, last_run_id, last_status from data_factory.nodes`);
  expect(nodes).toEqual([{ run_count: '1', last_run_id: pushId, last_status: 'success' }]);
  expect(engine.requests).toMatchObject([
    {
      authorization: 'Bearer a-token',
      body: {
        dag: 'on_push',
        run: { repository: 'acme/widgets', message: 'rewritten', pusher: expect.any(String) },
      },
    },
  ]);
});

it('the whole chain of a push is shown', async () => {
  const pushId = await push();
  const show = () => showPush(service.ledger.store, service.ledger.pool, pushId);
  await until('the call', async () =>
    (await show())?.calls.some(({ functionName }) => functionName === 'dag_engine.trigger'),
  );
  const shown = await show();
  expect(shown?.dag).toMatchObject({
    state: 'triggered',
    dag: 'on_push',
    attempts: 1,
    runId: dagRunIdOf(pushId),
  });
  expect(shown?.calls.find(({ functionName }) => functionName === 'dag_engine.trigger')).toMatchObject({
    depth: 3,
    status: 'ok',
    parentCallId: callIdOf(pushId, 'data_factory.record'),
    durationMs: expect.any(Number),
  });
});

it('an ignored push runs nothing', async () => {
  await push(fixtureBytes('push-actions-bot'));
  const wanted = await push();
  await until('the other', () => engine.runs.size === 1);
  expect(engine.requests.map(({ body }) => body.run.push_id)).toEqual([wanted]);
});

it('health and metrics show what was parked', async () => {
  await until('a leader', async () => (await health()).dagEngine !== null);
  expect((await health()).dagEngine).toEqual({
    state: 'ok',
    breaker: 'closed',
    pending: 0,
    parked: 0,
    lastError: null,
  });
  engine.misbehave({ kind: 'answer', status: 404 }, { times: 1 });
  await push();
  await until('the parked push', async () => (await health()).dagEngine?.parked === 1);
  expect(await health()).toMatchObject({
    status: 'degraded',
    dagEngine: { state: 'degraded', breaker: 'closed' },
  });
  expect(await metrics()).toContain('pushledger_dag_triggers_total{result="parked"} 1');
});
