import type { Config } from '../../config/config.ts';
import { checkOf } from '../check.ts';
import { type Judgement, ok, warning } from '../finding.ts';

export interface LeaderFacts {
  /** What should be led. */
  readonly expected: readonly string[];
  /** What a process leads now. */
  readonly led: readonly string[];
}

export function judgeLeaders({ expected, led }: LeaderFacts): Judgement[] {
  const missing = expected.filter((name) => !led.includes(name));
  if (missing.length === expected.length) {
    return [
      warning('no `pushledger serve` does its work here', 'start it; pushes are not recorded without it'),
    ];
  }
  if (missing.length > 0) {
    return [warning(`nobody leads: ${missing.join(', ')}`, 'start a `pushledger serve` with these roles')];
  }
  return [ok(`each has its leader: ${expected.join(', ')}`)];
}

/** What a complete service leads with this configuration. */
function expectedOf({ gitea, dagEngine }: Config): string[] {
  return [
    'projections',
    'sealer',
    'notifier',
    ...(gitea.url !== null && gitea.token !== null ? ['enricher', 'recovery'] : []),
    ...(dagEngine.url === null ? [] : ['trigger']),
  ];
}

export const leaders = checkOf(
  'work',
  'leaders',
  async (world): Promise<LeaderFacts> => {
    const expected = expectedOf(world.config);
    const pool = await world.database();
    // As `runAsLeader` takes them. An id is kept as unsigned, a hash is signed.
    const { rows } = await pool.query<{ name: string }>(
      `select name from unnest($1::text[]) as name
       where exists (select 1 from pg_locks
                     where locktype = 'advisory' and granted and objsubid = 2
                       and database = (select oid from pg_database where datname = current_database())
                       and classid::bigint = hashtext('pushledger')::bigint & 4294967295
                       and objid::bigint = hashtext(name)::bigint & 4294967295)`,
      [expected],
    );
    return { expected, led: rows.map(({ name }) => name) };
  },
  judgeLeaders,
);
