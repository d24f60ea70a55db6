import { CodedError } from '../../runtime/errors.ts';
import type { Activity, ActivityQuery } from '../api/schemas/activity.ts';
import type { DashboardPorts } from '../ports.ts';
import { dayIn, daysBetween } from './days.ts';
import { type Range, readPerDay } from './heat-map.ts';
import { readLatency } from './latency.ts';

const millisecondsOfDay = 86_400_000;
const usualDays = 30;
const mostDays = 366;

/** @throws CodedError PARAMETER_INVALID for a range that is none, or too long */
export function rangeOf(query: ActivityQuery, now: Date): Range {
  const until = query.until === undefined ? now : new Date(query.until);
  const since =
    query.since === undefined
      ? new Date(until.getTime() - usualDays * millisecondsOfDay)
      : new Date(query.since);
  const days = (until.getTime() - since.getTime()) / millisecondsOfDay;
  if (days <= 0) throw wrong('since: expected before until');
  if (days > mostDays) throw wrong(`since: expected at most ${mostDays} days before until`);
  return { since, until, zone: query.zone };
}

export async function readActivity(
  ports: DashboardPorts,
  range: Range,
  { bucket, repositories }: ActivityQuery,
): Promise<Activity> {
  const { since, until, zone } = range;
  const days = daysBetween(dayIn(zone, since), dayIn(zone, new Date(until.getTime() - 1)));
  const [{ heatMap, perDay }, latency] = await Promise.all([
    readPerDay(ports, range, days, repositories),
    readLatency(ports, range, bucket),
  ]);
  const { since: startedAt, byResult } = ports.deliveries();
  return {
    since: since.toISOString(),
    until: until.toISOString(),
    zone,
    days,
    heatMap,
    latency,
    deliveries: {
      perDay,
      sinceStart: [...byResult].map(([result, deliveries]) => ({ result, deliveries })),
      startedAt: startedAt.toISOString(),
    },
  };
}

function wrong(detail: string): CodedError {
  return new CodedError('PARAMETER_INVALID', detail, { field: 'since' });
}
