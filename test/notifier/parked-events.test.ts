import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeEvent } from '../../src/events/codec.ts';
import { type EventId, messageIdOf, type PushId, streamOf } from '../../src/events/ids.ts';
import { reportHealth } from '../../src/health/report.ts';
import { lateNotifier } from '../../src/notifier/take-late.ts';
import { listParked, skipParked } from '../../src/subscription/parking.ts';
import { retryParked } from '../../src/subscription/retry-parked.ts';
import { undecodable } from '../support/undecodable.ts';
import { push, pushDraft } from './support/facts.ts';
import { eventually } from './support/harness.ts';
import { namings } from './support/shown.ts';
import { createWorld, room, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld({ speed: 60 });
});
afterEach(() => world.close());

const parked = () => listParked(world.ledger.pool, 'notifier');
const untilParked = (count: number) => eventually(async () => expect(await parked()).toHaveLength(count));
const retry = (which: readonly EventId[] | 'all') =>
  retryParked({ ...world.ledger, taker: lateNotifier }, which);
const health = async () =>
  (await reportHealth({ ...world.ledger, subscribers: () => [], notifier: () => null, details: 'names' }))
    .status;

/** As long as this holds, the database refuses what the notifier writes. */
async function refuse(table: string, condition: string): Promise<() => Promise<unknown>> {
  const { pool } = world.ledger;
  await pool.query(
    `alter table pushledger.${table} add constraint refused check (not (${condition})) not valid`,
  );
  return () => pool.query(`alter table pushledger.${table} drop constraint refused`);
}

/** A push that the notifier cannot take for as long as the database refuses it. */
async function refusedPush(): Promise<{ pushId: PushId; eventId: EventId; mend: () => Promise<unknown> }> {
  const fact = push({
    repository: { ...push().repository, id: 3, fullName: 'acme/r3' },
    receivedAt: world.clock.now().toISOString(),
  });
  const draft = pushDraft(fact);
  const mend = await refuse('due_pushes', `push_id = '${fact.pushId}'`);
  await world.ledger.append(draft);
  return { pushId: fact.pushId, eventId: draft.id, mend };
}

describe('an event that the notifier cannot take', () => {
  it('is parked, the pushes before and behind it are announced, and health minds it until it is skipped', async () => {
    const before = await world.pushTo(1);
    const bad = undecodable();
    await world.ledger.store.append(bad);
    const behind = await world.pushTo(2);
    await world.start();
    await world.allNamed([before, behind]);
    expect(await parked()).toMatchObject([
      { eventId: bad.id, type: 'PushReceived', attempts: 3, error: expect.stringContaining(bad.stream) },
    ]);
    expect(await health()).toBe('degraded');
    expect((await retry('all')).get(bad.id)).toMatchObject({ outcome: 'failed' });
    expect(await skipParked(world.ledger.pool, 'notifier', bad.id, new Date())).toBe(true);
    expect(await health()).toBe('ok');
    await world.allNamed([await world.pushTo(4)]);
  });

  it('is not parked where the notifier makes nothing of its type', async () => {
    await world.ledger.store.append(undecodable('HookInstalled', 'pushledger.hook-x.1'));
    await world.start();
    await world.allNamed([await world.pushTo(1)]);
    expect(await parked()).toEqual([]);
  });

  it('is one push without its enrichment where that is what does not fit', async () => {
    const fact = push({ receivedAt: world.clock.now().toISOString() });
    await world.ledger.store.append(undecodable('PushEnriched', streamOf.enrichment(fact.pushId)));
    await world.ledger.store.append(encodeEvent(pushDraft(fact)));
    await world.start();
    await world.allNamed([fact.pushId, await world.pushTo(2)]);
    expect(await parked()).toMatchObject([{ type: 'PushEnriched' }]);
  });

  it('does not end all planning where it is a plan: the next one takes its place, once', async () => {
    const pushId = await world.pushTo(1);
    const messageId = messageIdOf(room, pushId);
    await refuse('notifications', `message_id = '${messageId}' and version = 1`);
    await world.start();
    await untilParked(1);
    const behind = await world.pushTo(2);
    await world.allNamed([pushId, behind]);
    const [plan] = await parked();
    expect(plan).toMatchObject({ type: 'NotificationPlanned', stream: streamOf.notification(messageId, 1) });
    const [outcome] = [...(await retry('all')).values()];
    expect(outcome).toMatchObject({ outcome: 'refused', error: { code: 'RETRY_REFUSED' } });
    expect(String(outcome && 'error' in outcome ? outcome.error : '')).toContain(
      `projections skip notifier ${plan?.eventId}`,
    );
    await world.settled();
    expect(namings(world.shown()).get(`${room} ${pushId}`)).toBe(1);
  });
});

describe('a retry', () => {
  it('has a push announced once, though others have overtaken it', async () => {
    const { pushId, eventId, mend } = await refusedPush();
    const others = [await world.pushTo(1), await world.pushTo(2)];
    await world.start();
    await world.allNamed(others);
    await untilParked(1);
    expect((await retry([eventId])).get(eventId)).toMatchObject({ outcome: 'failed' });
    await mend();
    const outcomes = await Promise.all([retry([eventId]), retry([eventId])]);
    expect(outcomes.map((each) => each.get(eventId)?.outcome).sort()).toEqual(['not-parked', 'taken']);
    await world.allNamed([pushId, ...others]);
    expect(await parked()).toEqual([]);
    await world.settled();
    await world.allNamed([pushId, ...others]);
  });

  it('announces nothing that is too old by then', async () => {
    const { pushId, eventId, mend } = await refusedPush();
    await world.start({ maxAgeMs: 60_000 });
    await untilParked(1);
    await mend();
    await world.clock.sleep(61_000);
    expect((await retry('all')).get(eventId)).toEqual({ outcome: 'taken' });
    await world.allNamed([await world.pushTo(1)]);
    expect(namings(world.shown()).has(`${room} ${pushId}`)).toBe(false);
  });

  it('is refused where a message names the push already', async () => {
    // Beside it, so that the page is taken event by event when the tables are made anew.
    await world.ledger.store.append(undecodable());
    const first = await world.start();
    const pushId = await world.pushTo(1);
    await world.allNamed([pushId]);
    await world.settled();
    await first.stop();
    await world.loseTables();
    const mend = await refuse('due_pushes', `push_id = '${pushId}'`);
    await world.start();
    await untilParked(2);
    await mend();
    await world.allNamed([await world.pushTo(2)]);
    const push = (await parked()).find(({ stream }) => stream === streamOf.push(pushId));
    expect(push).toBeDefined();
    const outcome = (await retry('all')).get(push?.eventId as EventId);
    expect(outcome).toMatchObject({ outcome: 'refused', error: { code: 'RETRY_REFUSED' } });
    await world.settled();
    await world.allNamed([pushId]);
  });
});
