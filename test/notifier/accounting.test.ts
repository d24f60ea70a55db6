import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PushId } from '../../src/events/ids.ts';
import { misbehaviours } from '../support/homeserver.ts';
import { namings } from './support/shown.ts';
import { createWorld, otherRoom, room, type World } from './support/world.ts';

const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), repository: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ignored push' as const), repository: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('old push' as const), repository: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('restart' as const), graceMs: fc.constantFrom(0, 50) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'lose the tables' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'second process' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('misbehave' as const),
      how: fc.constantFrom(
        misbehaviours.rateLimited(7),
        misbehaviours.serverError,
        misbehaviours.rubbish,
        { kind: 'cut-before' as const },
        { kind: 'cut-after' as const },
      ),
    }),
  },
);

/** Repository 0 goes to both rooms, 4 is muted, and the others go to the first. */
const roomsOf = (repository: number) => [[room, otherRoom], [room], [room], [room], []][repository] ?? [];

async function act(world: World, list: readonly (typeof steps extends fc.Arbitrary<infer T> ? T : never)[]) {
  const expected = new Map<string, number>();
  const options = { route: (push: { repository: { id: number } }) => roomsOf(push.repository.id) };
  const push = async (repository: number): Promise<PushId> => world.pushTo(repository);
  let current = [await world.start(options)];
  for (const step of list) {
    switch (step.do) {
      case 'push': {
        const pushId = await push(step.repository);
        for (const of of roomsOf(step.repository)) expected.set(`${of} ${pushId}`, 1);
        break;
      }
      case 'ignored push':
        await world.pushTo(step.repository, { ignored: 'bot' });
        break;
      case 'old push': {
        const day = 86_400_000;
        const receivedAt = new Date(world.clock.now().getTime() - day - 60_000).toISOString();
        await world.pushTo(step.repository, { receivedAt });
        break;
      }
      case 'wait':
        await world.clock.sleep(step.seconds * 1_000);
        break;
      case 'restart':
        await Promise.all(current.map((notifier) => notifier.stop()));
        current = [await world.start({ ...options, graceMs: step.graceMs })];
        break;
      case 'lose the tables':
        await Promise.all(current.map((notifier) => notifier.stop()));
        await world.loseTables();
        current = [await world.start(options)];
        break;
      case 'second process':
        current.push(await world.start(options));
        break;
      case 'misbehave':
        world.homeserver.misbehave(step.how, { times: 2 });
        break;
    }
  }
  return expected;
}

it('every push is named by one message in each room that it goes to, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 25 }), async (list) => {
      const world = await createWorld({ speed: 100 });
      try {
        const expected = await act(world, list);
        for (const key of expected.keys()) {
          const [of = '', pushId = ''] = key.split(' ');
          await world.allNamed([pushId as PushId], of);
        }
        expect(namings(world.shown())).toEqual(expected);
        for (const { versions, pushIds } of world.shown()) {
          expect(versions).toEqual([...new Set(versions)].toSorted((one, other) => one - other));
          expect(pushIds.length).toBe(new Set(pushIds).size);
        }
      } finally {
        await world.close();
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
