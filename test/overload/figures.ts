import type { Sent } from './request.ts';

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function isTaken({ status }: Sent): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** In words: how many of which answer, and how long they took. */
export function summary(sent: readonly Sent[]): string {
  const groups = Map.groupBy(sent, ({ status }) => String(status ?? 'no answer'));
  return [...groups]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([status, list]) => {
      const times = list.map(({ ms }) => ms);
      return `${list.length} × ${status} (p50 ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms)`;
    })
    .join(', ');
}
