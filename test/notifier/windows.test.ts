import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventId, type PushId, streamOf } from '../../src/events/ids.ts';
import { listNotifications } from '../../src/notifier/list-notifications.ts';
import { defaultWindowRules } from '../../src/notifier/window-rules.ts';
import { misbehaviours } from '../support/homeserver.ts';
import { eventually } from './support/harness.ts';
import { namings } from './support/shown.ts';
import { createWorld, otherRoom, room, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld({ speed: 60 });
});
afterEach(() => world.close());

describe('within a minute', () => {
  it('three pushes to three repositories are three messages', async () => {
    await world.start();
    const pushIds = [await world.pushTo(1), await world.pushTo(2), await world.pushTo(3)];
    await world.allNamed(pushIds);
    expect(world.shown().map(({ pushIds }) => pushIds)).toEqual(pushIds.map((pushId) => [pushId]));
  });

  it('thirty pushes to one repository are one message, which in the end names all thirty', async () => {
    await world.start();
    const pushIds = [await world.pushTo(1)];
    await world.allNamed(pushIds);
    const began = world.clock.now().getTime();
    for (let nr = 2; nr <= 30; nr++)
      pushIds.push(await world.pushAgain(1, { branch: `b${nr}`, ref: `refs/heads/b${nr}` }));
    await world.allNamed(pushIds);
    const [message, ...others] = world.shown();
    expect(others).toEqual([]);
    expect(message?.pushIds).toEqual(pushIds);
    expect(message?.body).toContain('b30');
    // At most one edit an interval, from the first version on.
    const intervals = (world.clock.now().getTime() - began) / defaultWindowRules.editIntervalMs;
    expect(message?.versions.length).toBeLessThanOrEqual(2 + intervals);
    expect(message?.versions).toEqual(message?.versions.toSorted((one, other) => one - other));
  });

  it('a push is named in every room that it goes to, and edited in each', async () => {
    await world.start({ route: () => [room, otherRoom] });
    const pushIds = [await world.pushTo(1)];
    await world.allNamed(pushIds, room);
    pushIds.push(await world.pushAgain(1));
    for (const each of [room, otherRoom]) await world.allNamed(pushIds, each);
    expect(world.shown()).toHaveLength(2);
  });

  it('a muted push is in no message', async () => {
    await world.start({ route: ({ repository: { id } }) => (id === 1 ? [] : [room]) });
    const muted = await world.pushTo(1);
    const heard = await world.pushTo(2);
    await world.allNamed([heard]);
    expect(namings(world.shown()).has(`${room} ${muted}`)).toBe(false);
  });

  it('what Gitea tells later is in the message by an edit', async () => {
    await world.start();
    const pushId = await world.pushTo(1, { totalCommits: 1, totalIsFloor: true });
    await world.allNamed([pushId]);
    await world.ledger.append({
      type: 'PushEnriched',
      stream: streamOf.enrichment(pushId),
      id: randomUUID() as EventId,
      data: {
        pushId,
        enrichedAt: world.clock.now().toISOString(),
        commits: [],
        totalCommits: 17,
        truncated: false,
        forced: false,
        notes: [],
      },
      correlationId: pushId,
      causationId: pushId,
      recordedAt: world.clock.now(),
    });
    await eventually(() => expect(world.shown()).toMatchObject([{ versions: [1, 2], pushIds: [pushId] }]));
    expect(world.shown()[0]?.body).toContain('17 commits');
  });
});

describe('a digest', () => {
  it('is one message at the end of the window', async () => {
    await world.start({ rules: { ...defaultWindowRules, mode: 'digest' } });
    const pushIds = [await world.pushTo(1), await world.pushAgain(1), await world.pushAgain(1)];
    await world.allNamed(pushIds);
    expect(world.shown()).toMatchObject([{ versions: [1], pushIds }]);
    const [message] = await listNotifications(world.ledger.pool, { limit: 1 });
    const [first] = (await world.ledger.events()).filter(({ type }) => type === 'PushReceived');
    const waited = Number(message?.plannedAt) - Date.parse(String(first?.metadata.recordedAt));
    expect(waited).toBeGreaterThanOrEqual(defaultWindowRules.windowMs);
  });
});

describe('a hundred repositories at once, with what Synapse takes by default,', () => {
  it('are all named, none twice, and the homeserver has nothing to refuse', async () => {
    await world.start();
    const pushIds = await Promise.all(Array.from({ length: 100 }, (_, id) => world.pushTo(id + 1)));
    await world.allNamed(pushIds);
    expect(world.shown().length).toBeLessThanOrEqual(12);
    expect(world.refusals()).toBe(0);
  });

  it('again and again, are named as fast as it takes them', async () => {
    await world.start();
    const pushIds: PushId[] = [];
    for (let round = 0; round < 5; round++) {
      pushIds.push(
        ...(await Promise.all(Array.from({ length: 20 }, (_, id) => world.pushTo(round * 20 + id)))),
      );
      await eventually(() => expect(world.shown().length).toBeGreaterThan(round));
    }
    await world.allNamed(pushIds);
    expect(world.refusals()).toBe(0);
  });
});

describe('an account that others use as well', () => {
  it('waits as long as the homeserver says, and asks it little', async () => {
    world.homeserver.misbehave(misbehaviours.rateLimited(20), { times: 3 });
    await world.start();
    const pushIds = await Promise.all(Array.from({ length: 30 }, (_, id) => world.pushTo(id + 1)));
    await world.allNamed(pushIds);
    expect(world.refusals()).toBe(3);
  });
});
