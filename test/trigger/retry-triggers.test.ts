import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dagRunIdOf, type PushId } from '../../src/events/ids.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { dagChooser } from '../../src/trigger/choose-dag.ts';
import { retryTriggers } from '../../src/trigger/retry-triggers.ts';
import { until } from '../support/condition.ts';
import { type DagEngineDouble, startDagEngine } from '../support/dag-engine.ts';
import {
  createTriggerLog,
  dayMs,
  type RunningTrigger,
  startTrigger,
  type TriggerLog,
} from './support/harness.ts';

let log: TriggerLog;
let engine: DagEngineDouble;
let running: RunningTrigger;

beforeEach(async () => {
  log = await createTriggerLog();
  engine = await startDagEngine();
  running = await start();
});

afterEach(async () => {
  await running.stop();
  await engine.close();
  await log.close();
});

const start = () =>
  startTrigger(log, {
    url: engine.url,
    chooseDag: dagChooser([{ repository: 'acme/quiet', dag: null }], 'gitea_push'),
  });
const retry = (which: readonly PushId[] | 'all') =>
  retryTriggers({ pool: log.pool, store: log.store, clock: systemClock, maxAgeMs: dayMs }, which);
const refuse = () => engine.misbehave({ kind: 'answer', status: 404, body: 'no such DAG' });

async function parkedPush(): Promise<PushId> {
  refuse();
  const pushId = await log.push();
  await log.untilStates('parked');
  engine.behave();
  return pushId;
}

it('a parked push that is retried starts its run, beside the running trigger', async () => {
  const pushId = await parkedPush();
  expect(await retry([pushId])).toEqual(new Map([[pushId, 'retried']]));
  await log.untilStates('triggered');
  expect([...engine.runs.keys()]).toEqual([dagRunIdOf(pushId)]);
  expect((await log.list())[0]).toMatchObject({ state: 'triggered', failures: 1, reason: null });
  expect((await log.types()).slice(-4)).toEqual([
    'PushReceived',
    'DagTriggerFailed',
    'DagTriggerRetried',
    'DagTriggered',
  ]);
});

it('a push that fails again is parked again, and can be retried again', async () => {
  const pushId = await parkedPush();
  refuse();
  for (const failures of [2, 3]) {
    await retry('all');
    await until('the next failure', async () => (await log.list())[0]?.failures === failures);
  }
  const streams = (await log.events()).map(({ stream }) => stream);
  expect(streams).toContain(`pushledger.dag-${pushId}.failed.3`);
  expect(streams).toContain(`pushledger.dag-${pushId}.retried.2`);
  engine.behave();
  await retry([pushId]);
  await log.untilStates('triggered');
});

it('a retry that is asked for twice before it was seen is one', async () => {
  const pushId = await parkedPush();
  await running.stop();
  expect(await retry('all')).toEqual(new Map([[pushId, 'retried']]));
  expect(await retry([pushId])).toEqual(new Map([[pushId, 'retried']]));
  const retried = (await log.types()).filter((type) => type === 'DagTriggerRetried');
  expect(retried).toHaveLength(1);
  const before = engine.requests.length;
  running = await start();
  await log.untilStates('triggered');
  expect(engine.requests).toHaveLength(before + 1);
});

it('a push that was too old starts its run when a person wants it', async () => {
  const pushId = await log.push({ receivedAt: new Date(Date.now() - 3 * dayMs).toISOString() });
  await log.untilStates('expired');
  expect(engine.requests).toEqual([]);
  expect(await retry('all')).toEqual(new Map([[pushId, 'retried']]));
  await log.untilStates('triggered');
});

it('nothing but what is parked or too old is retried, and each is told', async () => {
  const done = await log.push();
  const quiet = await log.push({
    repository: { id: 8, owner: 'acme', name: 'quiet', fullName: 'acme/quiet', url: null },
  });
  const ignored = await log.push({ ignored: 'a bot' });
  await log.untilStates('triggered', 'none');
  engine.misbehave({ kind: 'answer', status: 503 });
  const waiting = await log.push();
  await log.untilStates('triggered', 'none', 'due');
  const unknown = randomUUID() as PushId;
  expect(await retry([done, quiet, ignored, waiting, unknown])).toEqual(
    new Map([
      [done, 'triggered'],
      [quiet, 'none'],
      [ignored, 'unknown'],
      [waiting, 'due'],
      [unknown, 'unknown'],
    ]),
  );
  expect(await retry('all')).toEqual(new Map());
  expect(await log.types()).not.toContain('DagTriggerRetried');
});
