import type { Pool } from 'pg';
import { appendFact, isPassing } from '../event-store/append-fact.ts';
import type { EventStore } from '../event-store/event-store.ts';
import { type MessageId, type PushId, streamOf } from '../events/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { parkedStreams } from '../subscription/parking.ts';
import { longestSharedPauseMs } from './attempt.ts';
import { tokensAt } from './bucket.ts';
import { decide, type MessageToPlan } from './decide.ts';
import { plannedDraft } from './drafts.ts';
import { createOutstanding } from './outstanding.ts';
import { after } from './place-due.ts';
import { readPushes } from './read-pushes.ts';
import { readDue, readLastVersions, readSituation } from './read-situation.ts';
import type { Router } from './routes.ts';
import { createRouting } from './routing.ts';
import type { WindowRules } from './window-rules.ts';

export interface PlannerOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly route: Router;
  readonly rules: WindowRules;
  /** A push that was received longer ago is not announced, in milliseconds. */
  readonly maxAgeMs: number;
  /** Rooms that know neither windows nor limits. */
  readonly isAtOnce: (room: string) => boolean;
  /** Told at each look how many messages the homeserver would take at once. */
  readonly onTokens?: (tokens: number) => void;
}

export interface Planner {
  /**
   * Plans the messages that are due now, by what the tables say. Does nothing until what it planned before has come
   * back from the log.
   *
   * @returns when to call it again though nothing has happened
   * @throws CodedError STORE_UNAVAILABLE, or what the database throws; calling again goes on where it stopped
   */
  planDue(signal: AbortSignal): Promise<Date | null>;
  /** The homeserver takes nothing until then, by its own word. */
  closedUntil(time: Date): void;
}

export function createPlanner(options: PlannerOptions): Planner {
  const { pool, store, clock, logger, rules, isAtOnce } = options;
  const routing = createRouting(store, options.route, logger);
  const outstanding = createOutstanding();
  /** What cannot be made a message of by this version. It stays due, for one that can. */
  const unplannable = new Set<PushId>();
  const unrefreshable = new Set<MessageId>();
  let closedUntil: Date | null = null;

  async function plan(message: MessageToPlan, now: Date): Promise<void> {
    const found = await readPushes(store, message.pushIds);
    const pushes = message.pushIds.flatMap((pushId) => found.get(pushId) ?? []);
    for (const { pushId } of message.news) {
      if (found.has(pushId)) continue;
      logger.error({ pushId }, 'a due push is not in the event store; it is not announced');
      unplannable.add(pushId);
    }
    if (pushes.length === 0) return;
    try {
      await appendFact(store, plannedDraft(message, pushes, now));
      outstanding.add(message);
    } catch (error) {
      if (isPassing(error)) throw error;
      // One message must not hold up the others.
      const { messageId, room, news } = message;
      logger.error(
        { err: error, messageId, room, pushes: news.length },
        'pushes could not be made a message',
      );
      for (const { pushId } of news) unplannable.add(pushId);
      if (news.length === 0) unrefreshable.add(messageId);
    }
  }

  /**
   * A plan that could not be taken keeps its number, and the next one takes the one behind it. Where it was sent all
   * the same (by a program that could read it), its pushes were announced.
   */
  async function planBehind(parked: ReadonlySet<string>, message: MessageToPlan, now: Date): Promise<void> {
    const { messageId, news } = message;
    let { version } = message;
    const lost: string[] = [];
    for (; parked.has(streamOf.notification(messageId, version)); version++) {
      lost.push(streamOf.notificationSent(messageId, version));
    }
    if (message.replaces === null && lost.length > 0 && (await store.readStreams(lost)).length > 0) {
      logger.error({ messageId, pushes: news.length }, 'a message was sent whose plan is parked');
      for (const { pushId } of news) unplannable.add(pushId);
      return;
    }
    await plan({ ...message, version }, now);
  }

  return {
    async planDue(signal) {
      const parked = await parkedStreams(pool, 'notifier', 'NotificationPlanned');
      if (!(await outstanding.isBack(pool, parked))) return null;
      const now = clock.now();
      const rows = await readDue(pool, { since: after(now, -options.maxAgeMs), except: unplannable });
      const due = await routing.routed(rows);
      // Nobody asked for a longer pause: the clock was set back since.
      if (closedUntil !== null && closedUntil > after(now, longestSharedPauseMs)) closedUntil = null;
      const situation = await readSituation(pool, due, { now, rules, closedUntil, isAtOnce });
      const { pending, bucket } = situation;
      options.onTokens?.(tokensAt(now, { ...bucket, pending: pending.length }, rules));
      const refreshes = situation.refreshes.filter(({ messageId }) => !unrefreshable.has(messageId));
      const { messages, wakeAt } = decide({ ...situation, refreshes }, rules);
      for (const message of await numbered(pool, messages)) {
        if (signal.aborted) return null;
        await planBehind(parked, message, now);
      }
      return wakeAt;
    },
    closedUntil(time) {
      if (closedUntil === null || time > closedUntil) closedUntil = time;
    },
  };
}

/** A new message takes the number behind its void versions, where it has some. */
async function numbered(pool: Pool, messages: readonly MessageToPlan[]): Promise<MessageToPlan[]> {
  const fresh = messages.filter(({ replaces }) => replaces === null).map(({ messageId }) => messageId);
  const taken = await readLastVersions(pool, fresh);
  return messages.map((message) =>
    message.replaces === null ? { ...message, version: (taken.get(message.messageId) ?? 0) + 1 } : message,
  );
}
