import { expect } from 'vitest';
import type { PushId } from '../../../src/events/ids.ts';
import type { PushReceived } from '../../../src/events/push-received.ts';
import { createMatrixSender } from '../../../src/notifier/matrix.ts';
import type { Sender } from '../../../src/notifier/sender.ts';
import { defaultWindowRules } from '../../../src/notifier/window-rules.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { botToken, type Homeserver, startHomeserver } from '../../support/homeserver.ts';
import { push } from './facts.ts';
import {
  createLedger,
  eventually,
  type Ledger,
  type RunningNotifier,
  type StartOptions,
  startNotifier,
} from './harness.ts';
import { namings, type ShownMessage, shownIn } from './shown.ts';

export const room = '!room:double.test';
export const otherRoom = '!other:double.test';

export interface WorldOptions {
  /** A second is so many seconds. */
  readonly speed: number;
  /** In our milliseconds. */
  readonly requestTimeoutMs?: number;
}

/** A log, and a homeserver with Synapse's limits, in which time flies. */
export interface World {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly homeserver: Homeserver;
  /** A notifier with the rules that it has when nothing is configured, in a process of its own as it were. */
  start(options?: Partial<StartOptions>, token?: string): Promise<RunningNotifier>;
  /** The notifier's part of the database is gone, and the log is not. */
  loseTables(): Promise<void>;
  pushTo(repositoryId: number, change?: Partial<PushReceived>): Promise<PushId>;
  /** A push within the window of the repository's first one, however slow the machine is. */
  pushAgain(repositoryId: number, change?: Partial<PushReceived>): Promise<PushId>;
  shown(): ShownMessage[];
  /** Requests that the homeserver refused as too many. */
  refusals(): number;
  /** Waits until each of these pushes is in the room, and in one message. */
  allNamed(pushIds: readonly PushId[], inRoom?: string): Promise<void>;
  /** Waits until nothing is left to be announced. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function createWorld({ speed, requestTimeoutMs = 1_000 }: WorldOptions): Promise<World> {
  const clock = fastClock(speed);
  const ledger = await createLedger();
  const homeserver = await startHomeserver({
    rooms: [{ id: room }, { id: otherRoom }],
    limit: { perSecond: defaultWindowRules.rate, burst: defaultWindowRules.burst, now: clock.now },
  });
  const senders: Sender[] = [];
  const running: RunningNotifier[] = [];
  const shown = () => shownIn(homeserver);
  const firstPushes = new Map<number, Date>();

  function pushTo(id: number, change: Partial<PushReceived> = {}): Promise<PushId> {
    const now = clock.now();
    if (!firstPushes.has(id)) firstPushes.set(id, now);
    const repository = { ...push().repository, id, name: `r${id}`, fullName: `acme/r${id}` };
    return ledger.push(push({ repository, receivedAt: now.toISOString(), ...change }));
  }

  return {
    clock,
    ledger,
    homeserver,
    shown,
    async start(options = {}, accessToken = botToken) {
      const sender = createMatrixSender({ homeserverUrl: homeserver.url, accessToken, requestTimeoutMs });
      senders.push(sender);
      const started = await startNotifier(ledger, {
        senders: [sender],
        room,
        clock,
        rules: defaultWindowRules,
        backoff: { firstMs: 100, maxMs: 30_000 },
        ...options,
      });
      running.push(started);
      return started;
    },
    async loseTables() {
      await ledger.pool.query(
        `truncate pushledger.due_pushes, pushledger.notifications, pushledger.notification_windows,
                  pushledger.enriched_pushes, pushledger.due_refreshes`,
      );
      await ledger.pool.query("delete from pushledger.checkpoints where name = 'notifier'");
    },
    pushTo,
    pushAgain(id, change = {}) {
      const first = firstPushes.get(id) ?? clock.now();
      return pushTo(id, { receivedAt: new Date(first.getTime() + 1_000).toISOString(), ...change });
    },
    refusals: () => homeserver.requests.filter(({ status }) => status === 429).length,
    allNamed: (pushIds, inRoom = room) =>
      eventually(() => {
        const counts = namings(shown());
        expect(pushIds.map((pushId) => counts.get(`${inRoom} ${pushId}`) ?? 0)).toEqual(pushIds.map(() => 1));
      }),
    settled: () =>
      eventually(async () => {
        const { rows } = await ledger.pool.query<{ due: number; planned: number }>(
          `select (select count(*)::int from pushledger.due_pushes) as due,
                  (select count(*)::int from pushledger.notifications where state = 'planned') as planned`,
        );
        expect(rows).toEqual([{ due: 0, planned: 0 }]);
      }),
    async close() {
      await Promise.all(running.map((notifier) => notifier.stop()));
      await Promise.all(senders.map((sender) => sender.close()));
      await homeserver.close();
      await ledger.close();
    },
  };
}
