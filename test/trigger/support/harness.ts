import type { Pool } from 'pg';
import { Secret } from '../../../src/config/secret.ts';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/codec.ts';
import type { DomainEvent, EventDraft } from '../../../src/events/event.ts';
import { type PushId, startOfLog } from '../../../src/events/ids.ts';
import type { PushReceived } from '../../../src/events/push-received.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import type { LogIdentity } from '../../../src/subscription/checkpoint.ts';
import { openLedger } from '../../../src/subscription/ledger.ts';
import { runSubscriber } from '../../../src/subscription/run-subscriber.ts';
import { dagChooser } from '../../../src/trigger/choose-dag.ts';
import { createDagEngine } from '../../../src/trigger/dag-engine.ts';
import { createGate } from '../../../src/trigger/gate.ts';
import { type ListedTrigger, listTriggers } from '../../../src/trigger/list-triggers.ts';
import { createTrigger, type Trigger, type TriggerOptions } from '../../../src/trigger/trigger.ts';
import { createPostgresLog, silent } from '../../event-store/support/postgres-log.ts';
import { until } from '../../support/condition.ts';
import { pushOf, pushReceived } from '../../support/event-drafts.ts';

export const token = 'token-of-the-engine';
export const dayMs = 24 * 3_600_000;

/** A log in a database of its own, with the trigger's tables beside it. */
export interface TriggerLog {
  readonly pool: Pool;
  readonly store: EventStore;
  append(draft: EventDraft): Promise<void>;
  push(change?: Partial<PushReceived>): Promise<PushId>;
  events(): Promise<DomainEvent[]>;
  types(): Promise<string[]>;
  list(): Promise<ListedTrigger[]>;
  /** Waits until the states of all pushes, oldest first, are these. */
  untilStates(...states: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function createTriggerLog(): Promise<TriggerLog> {
  const postgres = await createPostgresLog();
  const store = postgres.open();
  await openLedger(store, new Date(), 'gitea.test');
  let count = 0;
  const append = async (draft: EventDraft) => {
    await store.append(encodeEvent(draft));
  };
  const events = async () => {
    const page = await store.readPage(startOfLog, 10_000);
    return page.events.map(decodeEvent).filter((event) => event !== null);
  };
  const list = () => listTriggers(postgres.pool, { since: new Date(Date.now() - dayMs), limit: 1_000 });
  return {
    pool: postgres.pool,
    store,
    append,
    async push(change = {}) {
      // Each a little later than the one before, so that their order is known.
      const receivedAt = new Date(Date.now() - 60_000 + count++).toISOString();
      const push = pushOf('a change', { receivedAt, ...change });
      await append(pushReceived(push));
      return push.pushId;
    },
    events,
    types: async () => (await events()).map(({ type }) => type),
    list,
    async untilStates(...states) {
      const now = async () => (await list()).map(({ state }) => state).toReversed();
      await until(`states ${states.join(', ')}`, async () => String(await now()) === String(states)).catch(
        async (cause: unknown) => {
          throw new Error(`they are ${(await now()).join(', ')}, not ${states.join(', ')}`, { cause });
        },
      );
    },
    close: () => postgres.close(),
  };
}

export interface RunningTrigger {
  readonly trigger: Trigger;
  stop(): Promise<void>;
}

export interface StartOptions extends Partial<Omit<TriggerOptions, 'engine'>> {
  readonly url: string;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/** The trigger and its subscription, as `serve` runs them. */
export async function startTrigger(on: TriggerLog, options: StartOptions): Promise<RunningTrigger> {
  const stopping = new AbortController();
  const { url, timeoutMs = 2_000, clock = systemClock, ...others } = options;
  const { pool, store } = { ...on, ...others };
  const trigger = createTrigger({
    pool,
    store,
    clock,
    logger: silent,
    engine: createDagEngine({ url, token: new Secret(token), clock, timeoutMs }),
    chooseDag: dagChooser([], 'gitea_push'),
    maxAgeMs: dayMs,
    backoff: { firstMs: 5, maxMs: 20 },
    gate: createGate({ clock, threshold: 1_000, unauthorizedPauseMs: 50 }),
    graceMs: 50,
    ...others,
  });
  const log: LogIdentity = {
    ledgerId: (await openLedger(on.store, clock.now(), 'gitea.test')).ledgerId,
    store: on.store.kind,
  };
  const signal = stopping.signal;
  const following = { subscriber: trigger.subscriber, store, pool, log, clock, logger: silent, signal };
  const running = Promise.all([runSubscriber(following), trigger.run(signal)]);
  let stopped = false;
  await until('the start in the log', async () => (await on.types()).includes('DagTriggersStarted'));
  return {
    trigger,
    async stop() {
      if (!stopped) stopping.abort(new Error('the test stops it'));
      stopped = true;
      await running;
    },
  };
}
