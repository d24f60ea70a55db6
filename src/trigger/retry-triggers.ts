import type { Pool } from 'pg';
import { appendFact } from '../event-store/append-fact.ts';
import type { EventStore } from '../event-store/event-store.ts';
import type { PushId } from '../events/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import { retriedDraft } from './drafts.ts';
import * as statements from './statements.ts';
import type { TriggerState } from './trigger-row.ts';

/**
 * - `retried`: it is due again.
 * - `due`: it is, without that.
 * - `triggered`: it has started its DAG.
 * - `none`: no DAG is configured for its repository.
 * - `unknown`: it was ignored, is from before there was a dag_engine, or is no push at all.
 */
export type RetryOutcome = 'retried' | 'due' | 'triggered' | 'none' | 'unknown';

export interface RetryTriggersOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly maxAgeMs: number;
}

/**
 * Has pushes triggered after all that were parked, or had become too old: by an event, which the process that leads the
 * trigger sees. To do so twice before it was seen is to do it once.
 *
 * @param which push ids, or `all` that are parked or too old
 * @throws CodedError STORE_UNAVAILABLE; those before are retried then
 */
export async function retryTriggers(
  options: RetryTriggersOptions,
  which: readonly PushId[] | 'all',
): Promise<ReadonlyMap<PushId, RetryOutcome>> {
  const { pool, store, clock } = options;
  const since = new Date(clock.now().getTime() - options.maxAgeMs);
  const pushIds = which === 'all' ? await readAll(pool, since) : which;
  const rows = await readRows(pool, pushIds, since);
  const outcomes = new Map<PushId, RetryOutcome>();
  for (const pushId of pushIds) {
    const row = rows.get(pushId);
    if (row && (row.state === 'parked' || row.expired)) {
      await appendFact(store, retriedDraft(pushId, row.retries + 1, clock.now()));
      outcomes.set(pushId, 'retried');
    } else outcomes.set(pushId, row && row.state !== 'parked' ? row.state : 'unknown');
  }
  return outcomes;
}

async function readAll(pool: Pool, since: Date): Promise<PushId[]> {
  const { rows } = await pool.query<{ pushId: PushId }>(statements.allForRetry, [since]);
  return rows.map(({ pushId }) => pushId);
}

interface RetriedRow {
  readonly pushId: PushId;
  readonly state: TriggerState;
  readonly retries: number;
  readonly expired: boolean;
}

async function readRows(
  pool: Pool,
  pushIds: readonly PushId[],
  since: Date,
): Promise<ReadonlyMap<PushId, RetriedRow>> {
  const { rows } = await pool.query<RetriedRow>(statements.readForRetry, [pushIds, since]);
  return new Map(rows.map((row) => [row.pushId, row]));
}
