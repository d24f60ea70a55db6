import type { Activity } from '../api/schemas/activity.ts';
import type { DashboardPorts } from '../ports.ts';

export interface Range {
  readonly since: Date;
  /** Exclusive. */
  readonly until: Date;
  readonly zone: string;
}

export interface Counted {
  /** Null for all that are not among the busiest, together. */
  readonly repository: string | null;
  readonly day: string;
  readonly pushes: number;
  readonly ignored: number;
  /** Found by recovery, and not ignored: each push counts once. */
  readonly recovered: number;
}

/** One pass over the range, for the heat map and for the deliveries. */
export const pushesPerDayStatement = `
  with counted as materialized (
    select repository, to_char(received_at at time zone $3, 'YYYY-MM-DD') as day, count(*) as pushes,
           count(ignored) as ignored, count(*) filter (where source = 'recovery' and ignored is null) as recovered
    from pushledger.pushes
    where received_at >= $1 and received_at < $2
    group by 1, 2
  ), busiest as (
    select repository from counted group by repository order by sum(pushes) desc, repository limit $4
  )
  select busiest.repository, day, sum(pushes)::int as pushes, sum(ignored)::int as ignored,
         sum(recovered)::int as recovered
  from counted left join busiest using (repository)
  group by 1, 2`;

export const repeatsPerDayStatement = `
  select to_char(started_at at time zone $3, 'YYYY-MM-DD') as day, count(*)::int as repeats
  from call_monitor.calls
  where recorded_by = 'pushledger' and function_name = 'ingest.receive' and status = 'retried'
    and started_at >= $1 and started_at < $2
  group by 1`;

export async function readPerDay(
  { pool }: Pick<DashboardPorts, 'pool'>,
  { since, until, zone }: Range,
  days: readonly string[],
  repositories: number,
): Promise<{ heatMap: Activity['heatMap']; perDay: Activity['deliveries']['perDay'] }> {
  const [pushes, repeats] = await Promise.all([
    pool.query<Counted>(pushesPerDayStatement, [since, until, zone, repositories]),
    pool.query<{ day: string; repeats: number }>(repeatsPerDayStatement, [since, until, zone]),
  ]);
  const duplicates = new Map(repeats.rows.map((row) => [row.day, row.repeats]));
  return {
    heatMap: heatMapOf(pushes.rows, days),
    perDay: deliveriesOf(pushes.rows, days).map((ofDay) => ({
      ...ofDay,
      duplicate: duplicates.get(ofDay.day) ?? 0,
    })),
  };
}

/** The busiest repositories each in a row, the busiest first, and all others together in the last one. */
export function heatMapOf(counted: readonly Counted[], days: readonly string[]): Activity['heatMap'] {
  const places = new Map(days.map((day, index) => [day, index]));
  const rows = new Map<string | null, { total: number; pushes: number[] }>();
  for (const { repository, day, pushes } of counted) {
    const place = places.get(day);
    if (place === undefined) continue;
    const row = rows.get(repository) ?? { total: 0, pushes: days.map(() => 0) };
    row.total += pushes;
    row.pushes[place] = pushes;
    rows.set(repository, row);
  }
  return [...rows]
    .map(([repository, row]) => ({ repository, ...row }))
    .sort(
      (one, other) =>
        Number(one.repository === null) - Number(other.repository === null) ||
        other.total - one.total ||
        String(one.repository).localeCompare(String(other.repository)),
    );
}

function deliveriesOf(
  counted: readonly Counted[],
  days: readonly string[],
): { day: string; accepted: number; ignored: number; recovered: number }[] {
  const byDay = new Map(days.map((day) => [day, { day, accepted: 0, ignored: 0, recovered: 0 }]));
  for (const { day, pushes, ignored, recovered } of counted) {
    const sums = byDay.get(day);
    if (!sums) continue;
    sums.accepted += pushes - ignored - recovered;
    sums.ignored += ignored;
    sums.recovered += recovered;
  }
  return [...byDay.values()];
}
