import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { misbehaviours } from '../support/homeserver.ts';
import { eventually } from './support/harness.ts';
import { namings } from './support/shown.ts';
import { createWorld, otherRoom, room, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld({ speed: 60 });
});
afterEach(() => world.close());

describe('a restart', () => {
  it('in the middle of a window goes on with its message', async () => {
    const first = await world.start();
    const pushIds = [await world.pushTo(1)];
    await world.allNamed(pushIds);
    await first.stop();
    pushIds.push(await world.pushAgain(1));
    await world.start();
    await world.allNamed(pushIds);
    expect(world.shown()).toMatchObject([{ versions: [1, 2], pushIds }]);
  });

  it('without tables repeats no message, and goes on with the window', async () => {
    const first = await world.start({ route: () => [room, otherRoom] });
    const pushIds = [await world.pushTo(1)];
    await world.allNamed(pushIds);
    pushIds.push(await world.pushAgain(1), await world.pushTo(2));
    await world.allNamed(pushIds);
    await world.allNamed(pushIds, otherRoom);
    await world.settled();
    await first.stop();
    await world.loseTables();
    const before = world.homeserver.accepted.length;

    // What is configured now counts for pushes that no message names yet.
    await world.start({ route: () => [room, '!third:double.test'] });
    await world.settled();
    expect(world.homeserver.accepted).toHaveLength(before);
    world.homeserver.addRoom({ id: '!third:double.test' });
    const last = await world.pushTo(3);
    await world.allNamed([last], '!third:double.test');
    expect(world.homeserver.accepted.slice(before)).toHaveLength(2);
  });

  it('with other routes announces in the rooms that the first message wrote down, and in no other', async () => {
    world.homeserver.misbehave(misbehaviours.serverError, { room: otherRoom });
    const first = await world.start({ route: () => [room, otherRoom] });
    const pushId = await world.pushTo(1);
    await world.allNamed([pushId]);
    await first.stop();
    world.homeserver.behave();
    world.homeserver.addRoom({ id: '!third:double.test' });
    await world.start({ route: () => ['!third:double.test'] });
    await world.allNamed([pushId], otherRoom);
    await world.settled();
    expect([...namings(world.shown()).keys()].toSorted()).toEqual(
      [`${room} ${pushId}`, `${otherRoom} ${pushId}`].toSorted(),
    );
  });

  it('with another device searches before it sends again what may have been sent', async () => {
    const first = await world.start();
    const pushIds = [await world.pushTo(1)];
    await world.settled();
    world.homeserver.misbehave({ kind: 'hang-after' });
    pushIds.push(await world.pushTo(2));
    await eventually(() => expect(world.homeserver.accepted).toHaveLength(2));
    await first.stop();
    world.homeserver.behave();
    world.homeserver.signIn('another token', 'ANOTHER');
    await world.start({}, 'another token');
    await world.settled();
    await world.allNamed(pushIds);
    expect(world.homeserver.accepted).toHaveLength(2);
  });
});
