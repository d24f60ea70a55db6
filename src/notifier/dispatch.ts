import type { Pool } from 'pg';
import { appendFact, isPassing } from '../event-store/append-fact.ts';
import type { EventStore } from '../event-store/event-store.ts';
import { messageOf } from '../runtime/errors.ts';
import { retry } from '../runtime/retry.ts';
import { type AttemptOptions, deliver, type Route, type Signals } from './attempt.ts';
import { watchDevice } from './device.ts';
import { failedDraft, sentDraft } from './drafts.ts';
import type { Sender } from './sender.ts';
import { attemptKey, nextPlanned, type PlannedMessage, roomsWithPlanned, stillPlanned } from './state.ts';

export interface DispatcherOptions extends AttemptOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly senders: readonly Sender[];
}

export interface Dispatcher {
  /**
   * Sees to it that every room with planned messages has them sent, oldest first, one at a time. Rooms go on side by
   * side: one that fails holds up no other. Returns before they are done.
   */
  dispatch(signals: Signals): Promise<void>;
  /** Resolves when no room is at work any more. */
  finished(): Promise<void>;
}

interface RoomAtWork {
  readonly room: string;
  readonly route: Route;
  /** There may be something new since it last looked. */
  again: boolean;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { pool, store, clock, logger, problems } = options;
  const routes: readonly Route[] = options.senders.map((sender) => ({
    sender,
    pausedUntil: 0,
    otherDeviceUntil: watchDevice({ sender, pool, clock, logger }),
  }));
  const rooms = new Map<string, RoomAtWork>();
  const working = new Set<Promise<void>>();
  const unserved = new Set<string>();
  /** Attempts whose outcome is known here, but has not come back from the log: not to be sent again. */
  let handled: Set<string> = new Set();

  function start(room: string, signals: Signals): void {
    const atWork = rooms.get(room);
    if (atWork) {
      atWork.again = true;
      return;
    }
    const route = routes.find(({ sender }) => sender.serves(room));
    if (!route) {
      if (!unserved.has(room))
        logger.warn({ room }, 'messages wait for a room that no configured way leads to');
      unserved.add(room);
      return;
    }
    const started: RoomAtWork = { room, route, again: false };
    rooms.set(room, started);
    const done = workUntilIdle(started, signals).finally(() => working.delete(done));
    working.add(done);
  }

  /** Never rejects. */
  async function workUntilIdle(atWork: RoomAtWork, signals: Signals): Promise<void> {
    const { room } = atWork;
    try {
      await retry(() => sendAll(atWork, signals), {
        clock,
        signal: signals.stop,
        policy: options.backoff,
        onFailure: (error, attempt, pauseMs) => {
          problems.set(`room ${room}`, messageOf(error));
          logger.warn({ err: error, room, attempt, pauseMs }, 'sending to a room begins again');
        },
      });
    } catch (error) {
      if (!signals.stop.aborted) logger.error({ err: error, room }, 'sending to a room ended');
    }
  }

  async function sendAll(atWork: RoomAtWork, signals: Signals): Promise<void> {
    const { room, route } = atWork;
    while (!signals.stop.aborted) {
      atWork.again = false;
      const message = await nextPlanned(pool, room, handled);
      problems.clear(`room ${room}`);
      if (message) {
        await handle(message, route, signals);
      } else if (!atWork.again) {
        // At once, with no await between: a call that came after would set a flag that nobody reads.
        rooms.delete(room);
        return;
      }
    }
  }

  async function handle(message: PlannedMessage, route: Route, signals: Signals): Promise<void> {
    const delivery = await deliver(message, route, options, signals);
    // Before the append: whatever becomes of that, this process never sends it a second time.
    handled.add(attemptKey(message));
    if (delivery.outcome === 'failed') {
      const { transactionId, room } = message;
      logger.error(
        { room, transactionId, reason: delivery.reason },
        'a message cannot be sent and is parked',
      );
    }
    const draft = delivery.outcome === 'sent' ? sentDraft(message, delivery) : failedDraft(message, delivery);
    await retry(() => appendFact(store, draft), {
      clock,
      signal: signals.abandon,
      policy: options.backoff,
      isRetryable: isPassing,
      onFailure: (error, attempt, pauseMs) => {
        problems.set(`room ${message.room}`, messageOf(error));
        logger.warn({ err: error, stream: draft.stream, attempt, pauseMs }, 'an outcome could not be stored');
      },
    });
    problems.clear(`room ${message.room}`);
  }

  return {
    async dispatch(signals) {
      if (handled.size > 0) await forget();
      for (const room of await roomsWithPlanned(pool)) start(room, signals);
    },
    async finished() {
      await Promise.all(working);
    },
  };

  /** What was added while the query ran stays: its outcome is younger than the answer. */
  async function forget(): Promise<void> {
    const asked = [...handled];
    const planned = await stillPlanned(pool, asked);
    handled = new Set([...handled].filter((attempt) => planned.has(attempt) || !asked.includes(attempt)));
  }
}
