import type { Pool } from 'pg';
import { vi } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { createPostgresEventStore } from '../../../src/event-store/postgres/postgres-event-store.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/codec.ts';
import type { DomainEvent, EventDraft } from '../../../src/events/event.ts';
import { type PushId, startOfLog } from '../../../src/events/ids.ts';
import type { PushReceived } from '../../../src/events/push-received.ts';
import { createNotifier, type Notifier, type NotifierOptions } from '../../../src/notifier/notifier.ts';
import type { WindowRules } from '../../../src/notifier/window-rules.ts';
import { migrate } from '../../../src/postgres/migrate.ts';
import { createPool } from '../../../src/postgres/pool.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { openLedger } from '../../../src/subscription/ledger.ts';
import { runSubscriber } from '../../../src/subscription/run-subscriber.ts';
import { createDatabase } from '../../support/database.ts';
import { pushDraft } from './facts.ts';

const logger = createLogger('silent');
const clock = systemClock;

export interface Ledger {
  readonly pool: Pool;
  readonly store: EventStore;
  append(draft: EventDraft): Promise<void>;
  push(fact: PushReceived): Promise<PushId>;
  /** Everything in the log. */
  events(): Promise<DomainEvent[]>;
  close(): Promise<void>;
}

/** A database of its own with a log in it. */
export async function createLedger(): Promise<Ledger> {
  const database = await createDatabase();
  await migrate(database.url);
  const pool = createPool(database.url, 'test', logger);
  const store = createPostgresEventStore({ databaseUrl: database.url, pool, clock, logger, pollMs: 50 });
  const append = async (draft: EventDraft) => {
    await store.append(encodeEvent(draft));
  };
  return {
    pool,
    store,
    append,
    async push(fact) {
      await append(pushDraft(fact));
      return fact.pushId;
    },
    async events() {
      const { events } = await store.readPage(startOfLog, 10_000);
      return events.map(decodeEvent).filter((event) => event !== null);
    },
    async close() {
      await store.close();
      await pool.end();
      await database.drop();
    },
  };
}

export interface RunningNotifier {
  readonly notifier: Notifier;
  stop(): Promise<void>;
}

/** Each push is a message of its own, and no limit is in the way. */
export const eachByItself: WindowRules = {
  windowMs: 0,
  editIntervalMs: 100,
  mode: 'edit',
  rate: 1_000,
  burst: 1_000,
};

export type StartOptions = Pick<NotifierOptions, 'senders'> &
  Partial<NotifierOptions> & {
    /** Where all pushes go, unless a route says otherwise. */
    readonly room?: string;
  };

/** The notifier and its subscription, as `serve` runs them; each push by itself, unless rules say otherwise. */
export async function startNotifier(
  ledger: Ledger,
  { room, ...options }: StartOptions,
): Promise<RunningNotifier> {
  const stopping = new AbortController();
  const { pool, store } = ledger;
  const notifier = createNotifier({
    pool,
    store,
    clock,
    logger,
    backoff: { firstMs: 10, maxMs: 50 },
    graceMs: 100,
    rules: eachByItself,
    route: () => (room === undefined ? [] : [room]),
    ...options,
  });
  const log = { ...(await openLedger(store, clock.now(), 'gitea.test')), store: store.kind };
  const running = Promise.all([
    runSubscriber({
      subscriber: notifier.subscriber,
      store,
      pool,
      log,
      clock,
      logger,
      signal: stopping.signal,
    }),
    notifier.run(stopping.signal),
  ]);
  return {
    notifier,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Waits until nothing throws, however slow the machine is. */
export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 20 });
}
