import { type Activity, latencyBins } from '../api/schemas/activity.ts';
import type { DashboardPorts } from '../ports.ts';
import type { Range } from './heat-map.ts';

/** So many of the newest messages of a range are looked at: more would say the same, and take seconds. */
export const maxMessages = 20_000;

/** Each push with the first message that named it. */
const measured = `
  with named as (
    select push_id, min(sent_at) as sent_at
    from (
      select push_ids, sent_at from pushledger.notifications
      where sent_at >= $1 and sent_at < $2
      order by sent_at desc
      limit $3
    ) as message
    cross join lateral unnest(message.push_ids) as push (push_id)
    group by push_id
  ), measured as (
    select named.sent_at, extract(epoch from named.sent_at - pushes.received_at)::float8 * 1000 as ms
    from named
    join pushledger.pushes using (push_id)
  )`;

export const percentileStatement = `
  ${measured}
  select case when grouping(at) = 0 then at end as at, count(*)::int as total, min(sent_at) as "from",
         percentile_cont(array[0.5, 0.95, 0.99]) within group (order by ms) as percentiles
  from (
    select ms, sent_at, date_trunc($4, sent_at at time zone $5) at time zone $5 as at from measured
  ) as placed
  group by grouping sets ((), (at))
  order by at nulls first`;

export const histogramStatement = `
  ${measured}
  select width_bucket(ms, $4::float8[]) as bin, count(*)::int as pushes
  from measured
  group by 1`;

interface Percentiles {
  at: Date | null;
  total: number;
  from: Date | null;
  percentiles: [number, number, number] | null;
}

export async function readLatency(
  { pool }: Pick<DashboardPorts, 'pool'>,
  { since, until, zone }: Range,
  bucket: 'hour' | 'day',
): Promise<Activity['latency']> {
  const range = [since, until, maxMessages];
  const [percentiles, histogram] = await Promise.all([
    pool.query<Percentiles>(percentileStatement, [...range, bucket, zone]),
    pool.query<{ bin: number; pushes: number }>(histogramStatement, [...range, latencyBins]),
  ]);
  const [overall, ...overTime] = percentiles.rows;
  const [p50, p95, p99] = overall?.percentiles ?? [null, null, null];
  const total = overall?.total ?? 0;
  const cut = total >= maxMessages ? overall?.from : null;
  return {
    from: (cut ?? since).toISOString(),
    total,
    ...{ p50, p95, p99 },
    overTime: overTime.flatMap((row) =>
      row.at && row.percentiles
        ? [
            {
              at: row.at.toISOString(),
              total: row.total,
              p50: row.percentiles[0],
              p95: row.percentiles[1],
              p99: row.percentiles[2],
            },
          ]
        : [],
    ),
    histogram: histogramOf(histogram.rows),
  };
}

/** A bin begins where the one before it ends; the end itself belongs to the next one, as `width_bucket` has it. */
function histogramOf(
  rows: readonly { readonly bin: number; readonly pushes: number }[],
): Activity['latency']['histogram'] {
  const counts = new Map(rows.map(({ bin, pushes }) => [bin, pushes]));
  return [...latencyBins, null].map((upToMs, bin) => ({ upToMs, pushes: counts.get(bin) ?? 0 }));
}
