import type { Pool } from 'pg';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/within.ts';
import { type Backlog, readBacklog } from './backlog.ts';
import type { Shown } from './shown.ts';

/** A part that says nothing by then has no figures in this answer, in milliseconds. */
const patienceMs = 2_000;
/** Figures are kept so long, in milliseconds: who asks in a loop must not load the database. */
const keptMs = 1_000;

export interface ShownSources {
  readonly pool: Pool;
  readonly head: () => Promise<bigint>;
  readonly notifyMaxAgeMs: number;
  readonly clock: Clock;
  /** What is known in this process. */
  readonly here: () => Pick<Shown, 'spool' | 'subscribers' | 'viewers'>;
}

/** Asks the database and the store what the gauges show. Never rejects. */
export function createReadShown(sources: ShownSources): () => Promise<Shown> {
  const { clock, pool } = sources;
  let kept: { readonly at: number; readonly figures: Promise<[Backlog | null, bigint | null]> } | null = null;
  const inTime = <T>(promise: Promise<T>) => within(clock, patienceMs, promise);
  return async () => {
    const now = clock.now();
    const at = now.getTime();
    if (!kept || at - kept.at > keptMs) {
      const since = new Date(at - sources.notifyMaxAgeMs);
      kept = { at, figures: Promise.all([inTime(readBacklog(pool, since)), inTime(sources.head())]) };
    }
    const [backlog, head] = await kept.figures;
    return { now, ...sources.here(), backlog, head };
  };
}
