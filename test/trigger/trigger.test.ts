import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { dagRunIdOf, type PushId } from '../../src/events/ids.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { CodedError } from '../../src/runtime/errors.ts';
import { dagChooser } from '../../src/trigger/choose-dag.ts';
import { createGate } from '../../src/trigger/gate.ts';
import { until } from '../support/condition.ts';
import { type DagEngineDouble, type Misbehaviour, startDagEngine } from '../support/dag-engine.ts';
import { pushOf, pushReceived } from '../support/event-drafts.ts';
import {
  createTriggerLog,
  dayMs,
  type RunningTrigger,
  type StartOptions,
  startTrigger,
  type TriggerLog,
  token,
} from './support/harness.ts';

let log: TriggerLog;
let engine: DagEngineDouble;
let running: RunningTrigger[];

beforeEach(async () => {
  log = await createTriggerLog();
  engine = await startDagEngine();
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((started) => started.stop()));
  await engine.close();
  await log.close();
});

async function start(options: Partial<StartOptions> = {}): Promise<RunningTrigger> {
  const started = await startTrigger(log, { url: engine.url, ...options });
  running.push(started);
  return started;
}

const asked = () => engine.requests.map(({ body }) => body.run.push_id);
const accepted = () => [...engine.runs.values()].map(({ body }) => body.run.push_id);
const other = (id: number) => ({
  repository: { id, owner: 'acme', name: `r${id}`, fullName: `acme/r${id}`, url: null },
});

/** The store, whose appends fail where `fails` says so. */
function failing(fails: (stream: string) => boolean): EventStore {
  return {
    ...log.store,
    append: (event) =>
      fails(event.stream)
        ? Promise.reject(new CodedError('STORE_UNAVAILABLE', 'by the test'))
        : log.store.append(event),
  };
}

describe('a push', () => {
  it('is posted once, with what docs/dag-engine.md says, and the log tells how', async () => {
    await start();
    const pushId = await log.push();
    await log.untilStates('triggered');

    expect(engine.requests).toHaveLength(1);
    const [request] = engine.requests;
    expect(request).toMatchObject({
      key: dagRunIdOf(pushId),
      authorization: `Bearer ${token}`,
      contentType: 'application/json',
      body: {
        trigger: 'api',
        dag: 'gitea_push',
        run: { run_id: dagRunIdOf(pushId), parent_run_id: pushId, push_id: pushId, ref: 'refs/heads/main' },
      },
    });
    const events = await log.events();
    const [received, triggered] = events.slice(-2);
    expect(received?.type).toBe('PushReceived');
    expect(triggered).toMatchObject({
      type: 'DagTriggered',
      stream: `pushledger.dag-${pushId}`,
      data: { pushId, runId: dagRunIdOf(pushId), dag: 'gitea_push', attempts: 1, httpStatus: 201 },
      metadata: { $correlationId: pushId, $causationId: received?.id },
    });
  });

  it('triggers nothing when it is ignored, older than a day, or of a repository without a DAG', async () => {
    await start({ chooseDag: dagChooser([{ repository: 'acme/quiet', dag: null }], 'gitea_push') });
    await log.push({ ignored: 'a bot' });
    await log.push({ receivedAt: new Date(Date.now() - dayMs - 60_000).toISOString() });
    await log.push({ repository: { ...other(8).repository, fullName: 'Acme/Quiet' } });
    const wanted = await log.push();
    await log.untilStates('expired', 'none', 'triggered');
    expect(asked()).toEqual([wanted]);
  });

  it('that recovery found long after it was made triggers nothing', async () => {
    await start();
    await log.push({ source: 'recovery', pushedAt: new Date(Date.now() - 2 * dayMs).toISOString() });
    await log.push();
    await log.untilStates('expired', 'triggered');
    expect(asked()).toHaveLength(1);
  });

  it('from before there was a dag_engine triggers nothing, however young it is', async () => {
    await log.push();
    await start();
    const later = await log.push();
    await log.untilStates('triggered');
    expect(accepted()).toEqual([later]);
  });

  it('that came while nobody triggered does so at the next start', async () => {
    const first = await start();
    await first.stop();
    const pushId = await log.push();
    await start();
    await log.untilStates('triggered');
    expect(accepted()).toEqual([pushId]);
  });
});

describe('order', () => {
  it('is kept within a repository, also where one fails for a while', async () => {
    engine.misbehave({ kind: 'answer', status: 503 }, { times: 4 });
    await start();
    const pushIds = [];
    for (let index = 0; index < 12; index++) pushIds.push(await log.push());
    await log.untilStates(...pushIds.map(() => 'triggered'));
    expect(accepted()).toEqual(pushIds);
    expect(engine.mostAtOnce).toBe(1);
  });

  it('goes side by side for several repositories, and for no more than there is room for', async () => {
    engine.misbehave({ kind: 'hang' });
    await start({ timeoutMs: 60_000, concurrency: 3 });
    for (let id = 1; id <= 6; id++) await log.push(other(id));
    await until('as many requests as there is room for', () => engine.requests.length === 3);
    expect(new Set(engine.requests.map(({ body }) => body.run.repository)).size).toBe(3);
    expect(engine.mostAtOnce).toBe(3);
  });

  it('does not make one repository wait for another that fails', async () => {
    engine.misbehave({ kind: 'answer', status: 500 }, { repository: 'acme/r1' });
    await start();
    const stuck = await log.push(other(1));
    const pushIds = [await log.push(other(2)), await log.push(other(2)), await log.push(other(3))];
    await log.untilStates('due', 'triggered', 'triggered', 'triggered');
    expect(accepted().toSorted()).toEqual(pushIds.toSorted());
    engine.behave();
    await log.untilStates('triggered', 'triggered', 'triggered', 'triggered');
    expect(accepted()).toContain(stuck);
  });
});

describe('a dag_engine that', () => {
  it.each<[string, Misbehaviour]>([
    ['is slower than we wait', { kind: 'hang' }],
    ['accepts and never answers', { kind: 'lose' }],
    ['cuts the connection', { kind: 'cut' }],
    ['cuts the connection after it accepted', { kind: 'cut-after' }],
    ['answers 500', { kind: 'answer', status: 500, body: '<html>' }],
    ['answers 502', { kind: 'answer', status: 502 }],
    ['answers 408', { kind: 'answer', status: 408 }],
    ['answers 425', { kind: 'answer', status: 425 }],
    ['answers 429', { kind: 'answer', status: 429, headers: { 'retry-after': '0' } }],
    ['answers 401 until the token is mended', { kind: 'answer', status: 401 }],
  ])('%s is asked again under the same key, and starts one run', async (_how, misbehaviour) => {
    engine.misbehave(misbehaviour, { times: 3 });
    await start({ timeoutMs: 100 });
    const pushId = await log.push();
    await log.untilStates('triggered');
    expect(engine.requests).toHaveLength(4);
    expect(new Set(engine.requests.map(({ key }) => key))).toEqual(new Set([dagRunIdOf(pushId)]));
    expect(new Set(engine.requests.map(({ text }) => text)).size).toBe(1);
    expect(accepted()).toEqual([pushId]);
    expect((await log.events()).at(-1)).toMatchObject({ type: 'DagTriggered', data: { attempts: 4 } });
  });

  it('is down is asked until it is back', async () => {
    await engine.close();
    const { trigger } = await start();
    const pushId = await log.push();
    await until('a failure', () => trigger.status().lastError !== null);
    expect(trigger.status()).toMatchObject({
      state: 'degraded',
      pending: 1,
      lastError: expect.stringContaining('ECONNREFUSED'),
    });
    engine = await startDagEngine({ port: engine.port });
    await log.untilStates('triggered');
    expect(accepted()).toEqual([pushId]);
    await until('all well', () => trigger.status().state === 'ok');
    expect(trigger.status()).toEqual({
      state: 'ok',
      breaker: 'closed',
      pending: 0,
      parked: 0,
      lastError: null,
    });
  });

  it.each<[string, Misbehaviour | (() => unknown)]>([
    ['nothing', { kind: 'answer', status: 204 }],
    ['HTML', { kind: 'answer', status: 200, body: '<html>Welcome</html>' }],
    ['half of JSON', { kind: 'cut-body' }],
    ['without end', { kind: 'endless' }],
    ['a list', () => [1, 2]],
    ['null', () => null],
    ['an id of another kind', () => ({ run_id: { nested: true } })],
  ])('accepts and says %s has accepted, and our own id names the run', async (_what, said) => {
    if (typeof said === 'function') engine.answer = said;
    else engine.misbehave(said);
    await start();
    const pushId = await log.push();
    await log.untilStates('triggered');
    expect(engine.requests).toHaveLength(1);
    const [listed] = await log.list();
    expect(listed).toMatchObject({ runId: dagRunIdOf(pushId), remoteRunId: null });
  });

  it('gives the run an id of its own names it by that', async () => {
    const remote = '0198c0de-0000-7000-8000-000000000001';
    engine.answer = () => ({ run: { id: remote.toUpperCase(), url: 'https://dags.test/runs/1' } });
    await start();
    await log.push();
    await log.untilStates('triggered');
    const [listed] = await log.list();
    expect(listed).toMatchObject({ runId: remote, remoteUrl: 'https://dags.test/runs/1' });
  });

  it('gives several runs one id has it used once', async () => {
    const remote = '0198c0de-0000-7000-8000-000000000001';
    engine.answer = () => ({ run_id: remote });
    await start();
    const pushIds: PushId[] = [];
    for (let index = 0; index < 6; index++) pushIds.push(await log.push(other(index % 3)));
    await log.untilStates(...pushIds.map(() => 'triggered'));
    const runIds = (await log.list()).map(({ runId }) => runId);
    expect(runIds.filter((runId) => runId === remote)).toHaveLength(1);
    expect(new Set(runIds).size).toBe(6);
  });

  it('gives a run the id of a push does not get it', async () => {
    engine.answer = ({ body }) => ({ run_id: body.run.push_id });
    await start();
    const pushId = await log.push();
    await log.untilStates('triggered');
    const [listed] = await log.list();
    expect(listed).toMatchObject({ runId: dagRunIdOf(pushId), remoteRunId: pushId });
  });
});

describe('a push that is refused for good', () => {
  it.each<[number, Misbehaviour, RegExp]>([
    [
      400,
      { kind: 'answer', status: 400, body: `{"error":"bad token ${token}"}` },
      /^HTTP 400.*bad token \[secret\]/,
    ],
    [403, { kind: 'answer', status: 403 }, /^HTTP 403$/],
    [404, { kind: 'answer', status: 404, body: 'no such\u0000 DAG' }, /^HTTP 404: no such\uFFFD DAG$/],
    [409, { kind: 'answer', status: 409 }, /^HTTP 409$/],
    [422, { kind: 'answer', status: 422, body: 'x'.repeat(100_000) }, /^HTTP 422: x+…$/],
    [
      307,
      { kind: 'answer', status: 307, headers: { location: 'https://x.test/?t=1' } },
      /redirects to https:\/\/x\.test\/;/,
    ],
  ])(
    'by %i is parked with the reason, after one request, and holds up no other',
    async (_status, misbehaviour, reason) => {
      engine.misbehave(misbehaviour, { times: 1 });
      const { trigger } = await start();
      const refused = await log.push();
      await log.push();
      await log.untilStates('parked', 'triggered');
      expect(asked().filter((pushId) => pushId === refused)).toHaveLength(1);
      const [, parked] = await log.list();
      expect(parked).toMatchObject({ pushId: refused, reason: expect.stringMatching(reason), failures: 1 });
      expect(parked?.reason?.length).toBeLessThanOrEqual(300);
      await until('the count', () => trigger.status().parked === 1);
      expect(trigger.status().state).toBe('degraded');
    },
  );
});

describe('a trigger that was stopped', () => {
  it.each<[string, Misbehaviour]>([
    ['while dag_engine did nothing', { kind: 'hang' }],
    ['while dag_engine kept its answer back', { kind: 'lose' }],
    ['while connections broke', { kind: 'cut' }],
    ['while connections broke behind the run', { kind: 'cut-after' }],
    ['while dag_engine failed', { kind: 'answer', status: 500 }],
    ['while it had to wait', { kind: 'answer', status: 429, headers: { 'retry-after': '60' } }],
    ['while the token was refused', { kind: 'answer', status: 401 }],
  ])('%s starts one run, under the same key', async (_when, misbehaviour) => {
    engine.misbehave(misbehaviour);
    const first = await start();
    const pushId = await log.push();
    await until('a request', () => engine.requests.length > 0);
    await first.stop();
    engine.behave();
    await start();
    await log.untilStates('triggered');
    expect(accepted()).toEqual([pushId]);
    expect(new Set(engine.requests.map(({ key }) => key)).size).toBe(1);
  });

  it('between the answer and the event asks again under the same key, and not before it was stopped', async () => {
    const isOutcome = (stream: string) => /^pushledger\.dag-[0-9a-f]{8}-/.test(stream);
    const first = await start({ store: failing(isOutcome) });
    const pushId = await log.push();
    await until('the run', () => engine.runs.size === 1);
    await until('the failure', () => first.trigger.status().lastError?.includes('by the test'));
    // A page that comes in must not make it begin again.
    await log.append(pushReceived(pushOf('x', { ignored: 'a bot' })));
    await first.stop();
    expect(engine.requests).toHaveLength(1);

    await start();
    await log.untilStates('triggered');
    expect(engine.requests.map(({ key }) => key)).toEqual([dagRunIdOf(pushId), dagRunIdOf(pushId)]);
    expect(engine.requests[0]?.text).toBe(engine.requests[1]?.text);
    expect(engine.runs.size).toBe(1);
  });

  it('again and again, whatever it was doing, starts one run for each push', async () => {
    const pushIds: string[] = [];
    for (let round = 0; round < 8; round++) {
      const before = engine.requests.length;
      const current = await start({ graceMs: round % 2 === 0 ? 0 : 50 });
      for (let index = 0; index < 3; index++) pushIds.push(await log.push(other(index)));
      await until('some requests', () => engine.requests.length > before + (round % 3));
      await current.stop();
    }
    await start();
    await log.untilStates(...pushIds.map(() => 'triggered'));
    expect(accepted().toSorted()).toEqual(pushIds.toSorted());
  });
});

describe('two processes', () => {
  it('that both believe to lead start one run for each push', async () => {
    await start();
    await start();
    const pushIds = [];
    for (let index = 0; index < 10; index++) pushIds.push(await log.push(other(index % 3)));
    await log.untilStates(...pushIds.map(() => 'triggered'));
    expect(accepted().toSorted()).toEqual(pushIds.toSorted());
    const types = await log.types();
    expect(types.filter((type) => type === 'DagTriggered')).toHaveLength(10);
  });
});

describe('an empty database beside the log', () => {
  it('triggers nothing again, and shows the same', async () => {
    engine.misbehave({ kind: 'answer', status: 404 }, { repository: 'acme/widgets' });
    const first = await start();
    await log.push();
    for (let index = 0; index < 5; index++) await log.push(other(index));
    await log.untilStates('parked', ...Array(5).fill('triggered'));
    await first.stop();
    const before = await log.list();
    const requests = engine.requests.length;
    await log.pool.query(`truncate pushledger.triggers, pushledger.trigger_start`);
    await log.pool.query(`delete from pushledger.checkpoints where name = 'trigger'`);

    await start();
    const fresh = await log.push(other(1));
    await log.untilStates('parked', ...Array(6).fill('triggered'));
    expect(engine.requests).toHaveLength(requests + 1);
    expect((await log.list()).filter(({ pushId }) => pushId !== fresh)).toEqual(before);
  });
});

describe('the circuit breaker', () => {
  it('opens when dag_engine is away, is shown, and closes when it is back', async () => {
    engine.misbehave({ kind: 'answer', status: 503 });
    const gate = createGate({ clock: systemClock, threshold: 3, openFor: { firstMs: 200, maxMs: 400 } });
    const { trigger } = await start({ gate });
    for (let id = 1; id <= 6; id++) await log.push(other(id));
    await until('an open breaker', () => trigger.status().breaker === 'open');
    await until('the count', () => trigger.status().pending === 6);
    expect(trigger.status().state).toBe('degraded');
    // Those that were on their way when it opened, and none of the others.
    expect(engine.requests.length).toBeLessThanOrEqual(3 + 4);
    engine.behave();
    await log.untilStates(...Array(6).fill('triggered'));
    await until('all well', () => trigger.status().state === 'ok');
    expect(trigger.status().breaker).toBe('closed');
  });
});
