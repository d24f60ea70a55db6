import { afterEach, beforeEach, describe, it } from 'vitest';
import type { PushId } from '../../src/events/ids.ts';
import { misbehaviours } from '../support/homeserver.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld({ speed: 300, requestTimeoutMs: 200 });
});
afterEach(() => world.close());

describe('a homeserver', () => {
  it.each([
    ['that is down', { kind: 'cut-before' }],
    ['that fails', misbehaviours.serverError],
    ['that hangs', { kind: 'hang' }],
    ['that cuts the connection after it took the message', { kind: 'cut-after' }],
    ['that answers rubbish', misbehaviours.rubbish],
    ['that refuses all', misbehaviours.rateLimited(60)],
  ] as const)('%s for ten minutes gets every push once it is back', async (_what, misbehaviour) => {
    world.homeserver.misbehave(misbehaviour);
    await world.start({ maxAgeMs: 86_400_000 });
    const pushIds: PushId[] = [];
    const back = world.clock.now().getTime() + 10 * 60_000;
    for (let id = 1; world.clock.now().getTime() < back; id++) {
      pushIds.push(await world.pushTo(id % 7));
      await world.clock.sleep(10_000);
    }
    world.homeserver.behave();
    await world.allNamed(pushIds);
    await world.settled();
  });
});
