import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageId } from '../../src/events/ids.ts';
import { listNotifications } from '../../src/notifier/list-notifications.ts';
import { retryNotifications } from '../../src/notifier/retry-notifications.ts';
import { misbehaviours } from '../support/homeserver.ts';
import { eventually } from './support/harness.ts';
import { createWorld, room, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld({ speed: 60 });
});
afterEach(() => world.close());

describe('a parked message', () => {
  it('is sent when somebody asks for it, though its process and its tables are others by then', async () => {
    world.homeserver.removeBot(room);
    world.homeserver.addRoom({ id: room, joined: false, open: false });
    const first = await world.start();
    const pushId = await world.pushTo(1);
    const states = async () =>
      (await listNotifications(world.ledger.pool, { limit: 10 })).map(({ state }) => state);
    await eventually(async () => expect(await states()).toEqual(['parked']));
    await first.stop();
    await world.loseTables();
    await world.start();
    await eventually(async () => expect(await states()).toEqual(['parked']));

    world.homeserver.addRoom({ id: room });
    const [parked] = await listNotifications(world.ledger.pool, { limit: 1, state: 'parked', room });
    const messageId = parked?.messageId as MessageId;
    const { pool, store } = world.ledger;
    const ask = (ids: MessageId[] | null) => retryNotifications({ pool, store, clock: world.clock }, ids);
    expect(await ask([messageId])).toEqual([{ messageId, version: 1, outcome: 'retried' }]);
    await world.allNamed([pushId]);
    await eventually(async () => expect(await states()).toEqual(['sent']));
    expect(await ask(null)).toEqual([]);
    const unknown = randomUUID() as MessageId;
    expect(await ask([messageId, unknown])).toEqual([
      { messageId, version: 1, outcome: 'not-parked' },
      { messageId: unknown, version: null, outcome: 'unknown' },
    ]);
  });

  it('that is refused again is parked again, and can be asked for again', async () => {
    world.homeserver.misbehave(misbehaviours.forbidden);
    await world.start();
    const pushId = await world.pushTo(1);
    const failures = async () =>
      (await world.ledger.events()).filter(({ type }) => type === 'NotificationFailed').length;
    const { pool, store } = world.ledger;
    for (let round = 1; round <= 3; round++) {
      await eventually(async () => {
        expect(await failures()).toBe(round);
        expect(await listNotifications(pool, { limit: 1, state: 'parked' })).toHaveLength(1);
      });
      if (round === 3) world.homeserver.behave();
      await retryNotifications({ pool, store, clock: world.clock }, null);
    }
    await world.allNamed([pushId]);
  });

  it('keeps no later push from the room', async () => {
    world.homeserver.misbehave(misbehaviours.forbidden, { times: 2 });
    await world.start();
    await world.pushTo(1);
    await eventually(async () =>
      expect(await listNotifications(world.ledger.pool, { limit: 1, state: 'parked' })).toHaveLength(1),
    );
    await world.allNamed([await world.pushTo(1)]);
  });

  it('is passed over where it is an edit, and a later one was sent', async () => {
    await world.start();
    const pushIds = [await world.pushTo(1)];
    await world.allNamed(pushIds);
    world.homeserver.misbehave(misbehaviours.forbidden, { times: 2 });
    pushIds.push(await world.pushAgain(1));
    await eventually(async () =>
      expect(await listNotifications(world.ledger.pool, { limit: 1, state: 'parked' })).toHaveLength(1),
    );
    pushIds.push(await world.pushAgain(1));
    await world.allNamed(pushIds);
    await eventually(async () =>
      expect((await listNotifications(world.ledger.pool, { limit: 9 })).map(({ state }) => state)).toEqual([
        'sent',
        'superseded',
        'sent',
      ]),
    );
    expect(world.shown()).toMatchObject([{ versions: [1, 3] }]);
  });
});
