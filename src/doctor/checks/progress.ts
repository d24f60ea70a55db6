import type { Pool } from 'pg';
import { checkOf } from '../check.ts';
import { about, type Judgement, ok, warning } from '../finding.ts';

export interface ProgressFacts {
  /** Where the log ended when the looking began. */
  readonly head: bigint;
  readonly subscribers: readonly {
    readonly name: string;
    readonly position: bigint;
    /** Where it stood a moment later. */
    readonly later: bigint;
  }[];
}

export function judgeProgress({ head, subscribers }: ProgressFacts): Judgement[] {
  const behind = subscribers.filter(({ later }) => later < head);
  const findings = behind.flatMap(({ name, position, later }) =>
    about(name, [
      later > position
        ? ok(`at ${later} of ${head}, and getting on`)
        : warning(
            `it stands still at ${later} of ${head}`,
            'does `pushledger serve` run with this role? Its log says why it does not get on',
          ),
    ]),
  );
  if (subscribers.length === 0) return [ok('nothing has begun to follow the log yet')];
  return behind.length === 0
    ? [ok(`${subscribers.length} follow the log, all at its end (${head})`)]
    : findings;
}

/** Between two looks, in milliseconds. */
const betweenMs = 1_500;

export const progress = checkOf(
  'work',
  'progress',
  async (world): Promise<ProgressFacts> => {
    const pool = await world.database();
    const head = await (await world.store()).head();
    const first = await readPositions(pool);
    const behind = first.some(({ position }) => position < head);
    if (behind) await world.clock.sleep(betweenMs, world.signal);
    const later = new Map(
      (behind ? await readPositions(pool) : first).map((each) => [each.name, each.position]),
    );
    return {
      head,
      subscribers: first.map((each) => ({ ...each, later: later.get(each.name) ?? each.position })),
    };
  },
  judgeProgress,
);

async function readPositions(pool: Pool): Promise<{ name: string; position: bigint }[]> {
  const { rows } = await pool.query<{ name: string; position: string }>(
    'select name, position from pushledger.checkpoints order by name',
  );
  return rows.map(({ name, position }) => ({ name, position: BigInt(position) }));
}
