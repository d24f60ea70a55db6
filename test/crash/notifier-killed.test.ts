import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { namings, shownIn } from '../notifier/support/shown.ts';
import type { MisbehaveOptions, Misbehaviour } from '../support/homeserver.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import type { RunningService } from '../support/service-process.ts';
import { type CrashSetup, crashSetup, room } from './crash-setup.ts';
import { sendOnce } from './gitea-sender.ts';
import { settled } from './ledger-view.ts';
import { commitPush } from './pushes.ts';

const rounds = 50;
/** Windows as they are by default, but for what takes long. */
const env = { NOTIFY_EDIT_INTERVAL: '100ms', NOTIFY_RATE: '1000', NOTIFY_BURST: '1000' };

let setup: CrashSetup;
let proxy: PostgresProxy;
const pushIds: string[] = [];

beforeAll(async () => {
  setup = await crashSetup(env);
  proxy = await startPostgresProxy(setup.databaseUrl);
});

afterAll(async () => {
  await setup.close();
  await proxy.close();
});

interface Step {
  readonly name: string;
  /** Does what has the service stop there; resolves when it has come there. */
  hold(): Promise<unknown>;
}

const steps: readonly Step[] = [
  { name: 'before the request', hold: () => misbehaving({ kind: 'hang' }, { on: 'everything' }, 'requests') },
  {
    name: 'after the request, which is not taken',
    hold: () => misbehaving({ kind: 'hang' }, {}, 'requests'),
  },
  {
    name: 'after it was taken, before the answer',
    hold: () => misbehaving({ kind: 'hang-after' }, {}, 'accepted'),
  },
  {
    name: 'after the answer, before the event',
    hold: () => proxy.watch({ key: 'append NotificationSent#1', moment: 'before' }).reached,
  },
  {
    name: 'after the event',
    hold: () => proxy.watch({ key: 'append NotificationSent#1', moment: 'after' }).reached,
  },
];

test(`killed at every step of sending, ${rounds} times, the service names each push in one message`, async () => {
  for (let round = 0; round < rounds; round++) {
    const service = await setup.startReady({ databaseUrl: proxy.url });
    await settled(setup.database);
    const step = steps[round % steps.length];
    if (!step) throw new Error('there is no step');
    const held = step.hold();
    // The first repository's messages are edited; the others have a message of their own.
    const newRepository = Math.floor(round / steps.length) % 2 === 1;
    await push(service, `round ${round}`, newRepository);
    await held;
    expect(service.log().filter(({ level }) => level === 'error')).toEqual([]);
    await service.end('SIGKILL');
    setup.homeserver.behave();
    proxy.release();
  }
  await setup.startReady({ databaseUrl: proxy.url });
  await settled(setup.database);

  const shown = shownIn(setup.homeserver);
  expect(namings(shown)).toEqual(new Map(pushIds.map((pushId) => [`${room} ${pushId}`, 1])));
  expect(pushIds).toHaveLength(rounds);
  // Otherwise no edit was killed, and the half of it was not tested.
  expect(shown.some(({ versions }) => versions.length > 3)).toBe(true);
  for (const { versions } of shown) {
    expect(versions).toEqual([...new Set(versions)].toSorted((one, other) => one - other));
  }
});

async function push(service: RunningService, label: string, newRepository: boolean): Promise<void> {
  const { accepted, pushId } = await sendOnce(service.address, commitPush(label, { newRepository }));
  expect(accepted).toBe(true);
  if (pushId) pushIds.push(pushId);
}

/** Resolves when the homeserver has seen, or taken, what it now answers wrongly. */
function misbehaving(
  misbehaviour: Misbehaviour,
  options: MisbehaveOptions,
  what: 'requests' | 'accepted',
): Promise<void> {
  const count = () =>
    what === 'accepted'
      ? setup.homeserver.accepted.length
      : setup.homeserver.requests.filter(
          ({ transactionId }) => options.on === 'everything' || transactionId !== null,
        ).length;
  const before = count();
  setup.homeserver.misbehave(misbehaviour, options);
  return vi.waitFor(() => expect(count()).toBeGreaterThan(before), { timeout: 30_000, interval: 10 });
}
