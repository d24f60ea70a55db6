import type { Pool } from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent, type EncodedEvent, encodeEvent } from '../../events/codec.ts';
import type { DomainEvent } from '../../events/event.ts';
import { type PushId, streamOf } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type BackoffPolicy, backoffMs, retry } from '../../runtime/retry.ts';
import type { Subscriber } from '../../subscription/subscriber.ts';
import type { GiteaClient } from '../client.ts';
import { GiteaError } from '../errors.ts';
import { askGitea, type Learnt, understandsNot } from './ask-gitea.ts';
import { enrichedDraft } from './draft.ts';
import { type DueEnrichment, forgetOld, park, postpone, readDue, reopen, stillDue } from './due.ts';
import { isServersOwn } from './failure.ts';
import { needsOf } from './needs.ts';
import { record, recordedTypes } from './record.ts';
import { createKnownRepositories } from './repositories.ts';

export interface EnricherOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  /** Of a term of leadership. */
  readonly client: GiteaClient;
  /** The name of the server that the client asks. */
  readonly instance: string;
  /** A push that was received longer ago is not asked about, in milliseconds. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called for each question with what became of it; `away`: Gitea tells nothing at the moment. */
  readonly onResult?: (result: 'enriched' | 'postponed' | 'parked' | 'away') => void;
  /** Between two looks for something to do, in milliseconds. */
  readonly pollMs?: number;
}

export interface Enricher {
  /** To be run beside: it keeps the table of what is due. */
  readonly subscriber: Subscriber;
  /** Asks until the signal aborts, and not before the subscriber has once caught up with the log. Call it once. */
  run(signal: AbortSignal): Promise<void>;
}

const defaultPollMs = 1_000;
const tidyEveryMs = 60 * 60_000;
const batchSize = 20;
/** Together some two hours; then a push is given up until the next start. */
const maxAttempts = 8;
const betweenAttempts: BackoffPolicy = { firstMs: 60_000, maxMs: 60 * 60_000 };
const whileServerIsAway: BackoffPolicy = { firstMs: 2_000, maxMs: 60_000 };

/**
 * Asks Gitea's API what deliveries do not tell, and writes it to the log. Nothing waits for it: a push is a fact and a
 * run without it, and Gitea may be away for as long as it likes.
 */
export function createEnricher(options: EnricherOptions): Enricher {
  const { pool, store, client, instance, maxAgeMs, clock, logger } = options;
  const repositories = createKnownRepositories(client, clock);
  let caughtUp = false;
  /** In the log by now, but not come back from it: not to be asked about again. */
  let appended: Set<PushId> = new Set();
  let knowsNot: boolean | null = null;
  let away = { failures: 0, until: 0 };

  let tidiedAt: number | null = null;

  const oldest = () => new Date(clock.now().getTime() - maxAgeMs);

  /** At the start what was given up gets another chance; later only what is too old is forgotten. */
  async function tidy(): Promise<void> {
    const now = clock.now().getTime();
    if (tidiedAt !== null && now - tidiedAt < tidyEveryMs) return;
    if (tidiedAt === null) await reopen(pool);
    await forgetOld(pool, oldest());
    tidiedAt = now;
  }

  async function step(signal: AbortSignal): Promise<void> {
    if (!caughtUp || clock.now().getTime() < away.until) return;
    if (appended.size > 0) appended = await stillDue(pool, appended);
    for (;;) {
      const due = await readDue(pool, {
        since: oldest(),
        now: clock.now(),
        except: appended,
        limit: batchSize,
      });
      for (const one of due) {
        await enrich(one, signal);
        if (signal.aborted || clock.now().getTime() < away.until) return;
      }
      if (due.length < batchSize) return;
    }
  }

  async function enrich(due: DueEnrichment, signal: AbortSignal): Promise<void> {
    const push = await readPush(due.pushId);
    if (!push) return giveUp(due, 'the push is not in the event store');
    const startedAt = clock.now();
    let encoded: EncodedEvent;
    try {
      const learnt = await ask(push);
      const now = clock.now();
      encoded = encodeEvent(
        enrichedDraft(push, learnt, { now, enrichMs: now.getTime() - startedAt.getTime() }),
      );
    } catch (error) {
      if (signal.aborted) return;
      repositories.forget(push.data.repository.id);
      return failed(due, error);
    }
    away = { failures: 0, until: 0 };
    // Somebody else may have been faster: what is in the log counts, and comes back.
    await store.append(encoded);
    appended.add(due.pushId);
    options.onResult?.('enriched');
  }

  async function ask({ data: push }: DomainEvent<'PushReceived'>): Promise<Learnt> {
    const needs = needsOf(push) ?? { commits: false, forced: false };
    const repository = await repositories.find(push.repository.id);
    if (!repository) {
      const { fullName, id } = push.repository;
      throw new CodedError('GITEA_REJECTED', `${fullName} (${id}) is gone, or the token may not see it`);
    }
    return askGitea(client, { push, needs, repository }, async () => {
      knowsNot ??= await understandsNot(client, repository, push.after);
      return knowsNot;
    });
  }

  async function failed(due: DueEnrichment, error: unknown): Promise<void> {
    const { pushId, attempts } = due;
    const asked = error instanceof GiteaError ? (error.retryAfterMs ?? 0) : 0;
    if (await isServersOwn(client, error)) {
      const failures = away.failures + 1;
      const pauseMs = Math.max(asked, backoffMs(failures, whileServerIsAway, Math.random()));
      away = { failures, until: clock.now().getTime() + pauseMs };
      logger.warn(
        { err: error, failures, pauseMs },
        'Gitea tells nothing; pushes stay as their deliveries told them',
      );
      options.onResult?.('away');
      return;
    }
    const reason = messageOf(error);
    if (attempts + 1 >= maxAttempts) return giveUp(due, reason);
    const pauseMs = Math.max(asked, backoffMs(attempts + 1, betweenAttempts, Math.random()));
    await postpone(pool, due, { nextAt: new Date(clock.now().getTime() + pauseMs), reason });
    options.onResult?.('postponed');
    logger.warn({ reason, pushId, attempt: attempts + 1, pauseMs }, 'Gitea did not tell more of a push');
  }

  async function giveUp(due: DueEnrichment, reason: string): Promise<void> {
    await park(pool, due, { now: clock.now(), reason });
    options.onResult?.('parked');
    logger.error(
      { pushId: due.pushId, reason },
      'a push stays as its delivery told it, until the next start',
    );
  }

  async function readPush(pushId: PushId): Promise<DomainEvent<'PushReceived'> | null> {
    const [stored] = await store.readStreams([streamOf.push(pushId)]);
    const event = stored && decodeEvent(stored);
    return event?.type === 'PushReceived' ? event : null;
  }

  return {
    subscriber: {
      name: 'enricher',
      types: recordedTypes,
      handle: (transaction, events) => record(transaction, events, { instance, since: oldest() }),
      onCaughtUp() {
        caughtUp = true;
      },
    },

    async run(signal) {
      const work = async (gotOn: () => void) => {
        for (;;) {
          await tidy();
          await step(signal);
          gotOn();
          await clock.sleep(options.pollMs ?? defaultPollMs, signal);
        }
      };
      try {
        await retry(work, {
          clock,
          signal,
          onFailure: (error, attempt, pauseMs) =>
            logger.error({ err: error, attempt, pauseMs }, 'the enricher starts again'),
        });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
