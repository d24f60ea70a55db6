import { checkOf, NotNow } from '../check.ts';
import { type Judgement, ok, warning } from '../finding.ts';

export interface LimitFacts {
  /** Repositories that pushed within the last day. */
  readonly repositories: number;
  /** What the homeserver is taken to allow (notify.rate), messages a second. */
  readonly rate: number;
}

/** Synapse's `rc_message` by default: messages of one account, a second. */
const usualRate = 0.2;

export function judgeLimits({ repositories, rate }: LimitFacts): Judgement[] {
  const perMinute = Math.floor(rate * 60);
  const findings: Judgement[] = [];
  if (rate > usualRate) {
    findings.push(
      ok(
        `${perMinute} messages a minute are sent at most, more than Synapse takes by default: lift its limit ` +
          'for the account (override_ratelimit)',
      ),
    );
  }
  if (repositories > perMinute) {
    findings.push(
      warning(
        `${repositories} repositories pushed today, and ${perMinute} messages a minute may be sent: they are merged when it is busy`,
        'lift the limit of the homeserver for the account (override_ratelimit), and set notify.rate higher',
      ),
    );
  }
  return findings.length > 0
    ? findings
    : [ok(`${perMinute} messages a minute for ${repositories} active repositories`)];
}

export const matrixLimits = checkOf(
  'Matrix',
  'limits',
  async (world): Promise<LimitFacts> => {
    if (!world.config.matrix) throw new NotNow('not configured: messages go to the console');
    const pool = await world.database();
    const since = new Date(world.clock.now().getTime() - 86_400_000);
    const { rows } = await pool.query<{ repositories: number }>(
      `select count(distinct (instance, repository_id))::int as repositories
       from pushledger.pushes where received_at >= $1`,
      [since],
    );
    return { repositories: rows[0]?.repositories ?? 0, rate: world.config.notify.rate };
  },
  judgeLimits,
);
