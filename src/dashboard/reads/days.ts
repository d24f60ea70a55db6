/** Days as text: `2026-02-03`. */

const millisecondsOfDay = 86_400_000;

/** The day that a moment is on, in a zone. */
export function dayIn(zone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/** All days from one to another, both of them included. */
export function daysBetween(first: string, last: string): string[] {
  const start = Date.parse(first);
  const count = Math.round((Date.parse(last) - start) / millisecondsOfDay) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    new Date(start + index * millisecondsOfDay).toISOString().slice(0, 10),
  );
}

/** The days that end today, the oldest first. */
export function lastDays(zone: string, now: Date, count: number): string[] {
  const today = dayIn(zone, now);
  const first = new Date(Date.parse(today) - (count - 1) * millisecondsOfDay).toISOString().slice(0, 10);
  return daysBetween(first, today);
}
