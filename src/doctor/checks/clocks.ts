import { checkOf } from '../check.ts';
import { about, type Judgement, ok, skipped, warning, wrong } from '../finding.ts';
import { ask } from '../http.ts';
import type { World } from '../world.ts';

export interface ClockFacts {
  readonly of: string;
  /** How far that clock is ahead of ours, in milliseconds; null where it does not tell. */
  readonly aheadMs: number | null;
}

/** A `Date` header knows whole seconds, and an answer takes a while. */
const fineMs = 5_000;
/** Beyond this, times in lists and ages of pushes mislead. */
const badMs = 60_000;

export function judgeClocks(clocks: readonly ClockFacts[]): Judgement[] {
  return clocks.flatMap(({ of, aheadMs }) => about(of, [judgeClock(aheadMs)]));
}

function judgeClock(aheadMs: number | null): Judgement {
  if (aheadMs === null) return skipped('it does not tell its time');
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const text = `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine`;
  const advice = 'let both machines follow the same time servers (NTP)';
  if (Math.abs(aheadMs) > badMs) return wrong(text, advice);
  return Math.abs(aheadMs) > fineMs ? warning(text, advice) : ok('the same as here');
}

export const clocks = checkOf(
  'clocks',
  'difference',
  async (world): Promise<ClockFacts[]> => {
    const { gitea, matrix } = world.config;
    const asked = [
      { of: 'database', ask: () => databaseAhead(world) },
      ...(gitea.url === null
        ? []
        : [{ of: 'Gitea', ask: () => headerAhead(world, `${gitea.url}/api/v1/version`) }]),
      ...(matrix
        ? [{ of: 'Matrix', ask: () => headerAhead(world, `${matrix.homeserverUrl}/_matrix/client/versions`) }]
        : []),
    ];
    // Who cannot be asked is told by a check of its own.
    return Promise.all(
      asked.map(async (one) => ({ of: one.of, aheadMs: await one.ask().catch(() => null) })),
    );
  },
  judgeClocks,
);

async function headerAhead({ signal, clock }: World, url: string): Promise<number | null> {
  const { date, askedAt } = await ask(url, { signal, now: () => clock.now() });
  return date && date.getTime() - askedAt.getTime();
}

async function databaseAhead(world: World): Promise<number | null> {
  const pool = await world.connect();
  const startedAt = world.clock.now().getTime();
  const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now');
  const askedAt = (startedAt + world.clock.now().getTime()) / 2;
  return rows[0] ? rows[0].now.getTime() - askedAt : null;
}
