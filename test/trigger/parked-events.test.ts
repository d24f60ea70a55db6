import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../src/events/event.ts';
import { dagRunIdOf, type EventId, type PushId } from '../../src/events/ids.ts';
import { reportHealth } from '../../src/health/report.ts';
import { listParked, skipParked } from '../../src/subscription/parking.ts';
import { retryParked } from '../../src/subscription/retry-parked.ts';
import { dagChooser } from '../../src/trigger/choose-dag.ts';
import { failedDraft, triggeredDraft } from '../../src/trigger/drafts.ts';
import { lateTrigger } from '../../src/trigger/take-late.ts';
import { until } from '../support/condition.ts';
import { type DagEngineDouble, startDagEngine } from '../support/dag-engine.ts';
import { undecodable } from '../support/undecodable.ts';
import { createTriggerLog, type RunningTrigger, startTrigger, type TriggerLog } from './support/harness.ts';

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

async function start(): Promise<void> {
  running.push(await startTrigger(log, { url: engine.url }));
}
const parked = () => listParked(log.pool, 'trigger');
const untilParked = (count: number) => until('what is parked', async () => (await parked()).length === count);
const retry = (which: readonly EventId[] | 'all' = 'all') =>
  retryParked({ ...log, taker: lateTrigger(dagChooser([], 'gitea_push')) }, which);
const outcomes = async () => [...(await retry()).values()].map(({ outcome }) => outcome);
const health = async () =>
  (await reportHealth({ ...log, subscribers: () => [], notifier: () => null, details: 'names' })).status;
const asked = () => engine.requests.map(({ body }) => body.run.push_id);

/** From the next push on the database refuses what the trigger writes of pushes. */
async function refuse(): Promise<() => Promise<unknown>> {
  await log.pool.query('alter table pushledger.triggers add constraint refused check (false) not valid');
  return () => log.pool.query('alter table pushledger.triggers drop constraint refused');
}
async function eventOf(pushId: PushId): Promise<DomainEvent<'PushReceived'>> {
  const found = (await log.events()).find(
    (event) => event.type === 'PushReceived' && event.data.pushId === pushId,
  );
  if (found?.type !== 'PushReceived') throw new Error(`there is no push ${pushId}`);
  return found;
}
async function trialOf(pushId: PushId) {
  const event = await eventOf(pushId);
  return { push: event.data, pushEventId: event.id, dag: 'gitea_push', attempts: 1, startedAt: new Date() };
}

describe('an event that the trigger cannot take', () => {
  it('is parked, the pushes before and behind it trigger, and health minds it until it is skipped', async () => {
    await start();
    const before = await log.push();
    const bad = undecodable();
    await log.store.append(bad);
    const behind = await log.push();
    await log.untilStates('triggered', 'triggered');
    expect(asked().toSorted()).toEqual([before, behind].toSorted());
    expect(await parked()).toMatchObject([{ eventId: bad.id, attempts: 3 }]);
    expect(await health()).toBe('degraded');
    expect(await outcomes()).toEqual(['failed']);
    expect(await skipParked(log.pool, 'trigger', bad.id, new Date())).toBe(true);
    expect(await health()).toBe('ok');
  });

  it('is not parked where the trigger makes nothing of its type', async () => {
    await start();
    await log.store.append(undecodable('NotificationSent', 'pushledger.notification-x.1.sent'));
    await log.push();
    await log.untilStates('triggered');
    expect(await parked()).toEqual([]);
  });
});

describe('a retry', () => {
  it('has a push trigger its DAG once, though others have overtaken it', async () => {
    await start();
    const mend = await refuse();
    const late = await log.push();
    await untilParked(1);
    expect(await outcomes()).toEqual(['failed']);
    await mend();
    await log.push();
    await log.untilStates('triggered');
    expect((await Promise.all([outcomes(), outcomes()])).flat().toSorted()).toContain('taken');
    await log.untilStates('triggered', 'triggered');
    expect(asked().filter((pushId) => pushId === late)).toEqual([late]);
    expect(await parked()).toEqual([]);
  });

  it('triggers nothing that dag_engine has run already, or that stands before the first start', async () => {
    const old = await log.push();
    await start();
    const mend = await refuse();
    const [run, failed] = [await log.push(), await log.push()];
    await untilParked(2);
    const accepted = { remoteRunId: null, remoteUrl: null, httpStatus: 201 };
    const at = new Date();
    await log.append(triggeredDraft(await trialOf(run), accepted, dagRunIdOf(run), at));
    await log.append(failedDraft(await trialOf(failed), 'no such DAG', 1, at));
    // As it would have been parked, had the trigger been there.
    const { id, stream, type } = await eventOf(old);
    await log.pool.query(
      `insert into pushledger.parked_events (projection, event_id, stream, type, error, attempts, parked_at)
       values ('trigger', $1, $2, $3, 'by the test', 3, now())`,
      [id, stream, type],
    );
    const head = await log.store.head();
    await until('the trigger at the end of the log', async () => {
      const { rows } = await log.pool.query<{ position: string }>(
        `select position from pushledger.checkpoints where name = 'trigger'`,
      );
      return BigInt(rows[0]?.position ?? 0) >= head;
    });
    await mend();
    expect(await outcomes()).toEqual(['taken', 'taken', 'taken']);
    await log.push();
    await log.untilStates('triggered', 'parked', 'triggered');
    expect(asked()).toHaveLength(1);
  });

  it('of a failure is refused, and says what to do', async () => {
    await start();
    engine.misbehave({ kind: 'answer', status: 404 }, { times: 1 });
    const mend = await refuseOutcome();
    await log.push();
    await untilParked(1);
    await mend();
    const [[eventId, outcome] = []] = await retry();
    expect(outcome).toMatchObject({ outcome: 'refused', error: { code: 'RETRY_REFUSED' } });
    expect(String(outcome && 'error' in outcome ? outcome.error : '')).toContain(
      `projections skip trigger ${eventId}`,
    );
  });
});

/** The database refuses that a push is given up. */
async function refuseOutcome(): Promise<() => Promise<unknown>> {
  await log.pool.query(`alter table pushledger.triggers add constraint refused check (state <> 'parked')`);
  return () => log.pool.query('alter table pushledger.triggers drop constraint refused');
}
