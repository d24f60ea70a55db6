import { checkOf } from '../check.ts';
import { type Judgement, ok, warning } from '../finding.ts';

/** How much was given up and waits for a person, by kind. */
export interface ParkedFacts {
  readonly projections: readonly { readonly name: string; readonly events: number }[];
  readonly messages: number;
  readonly triggers: number;
  readonly enrichments: number;
}

export function judgeParked({ projections, messages, triggers, enrichments }: ParkedFacts): Judgement[] {
  const findings: Judgement[] = projections.map(({ name, events }) =>
    warning(
      `${events} events could not be taken by ${name}`,
      `pushledger projections list; then projections retry ${name} --all, or skip`,
    ),
  );
  if (messages > 0) {
    findings.push(
      warning(
        `${messages} messages were given up`,
        'pushledger notifications list --state parked; then retry',
      ),
    );
  }
  if (triggers > 0) {
    findings.push(warning(`${triggers} DAG triggers were given up`, 'pushledger triggers list; then retry'));
  }
  if (enrichments > 0) {
    findings.push(
      warning(
        `${enrichments} pushes stay as their deliveries told them, as Gitea did not tell more`,
        'see the log for the reason; the next start of `pushledger serve` asks again',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok('nothing was given up')];
}

export const parked = checkOf(
  'work',
  'given up',
  async (world): Promise<ParkedFacts> => {
    const pool = await world.database();
    const projections = await pool.query<{ name: string; events: number }>(
      `select projection as name, count(*)::int as events from pushledger.parked_events
       where skipped_at is null group by projection order by projection`,
    );
    const { rows } = await pool.query<{ messages: number; triggers: number; enrichments: number }>(
      `select (select count(*)::int from pushledger.notifications where state = 'parked') as messages,
              (select count(*)::int from pushledger.triggers where state = 'parked') as triggers,
              (select count(*)::int from pushledger.due_enrichments where parked_at is not null) as enrichments`,
    );
    const [counts = { messages: 0, triggers: 0, enrichments: 0 }] = rows;
    return { projections: projections.rows, ...counts };
  },
  judgeParked,
);
