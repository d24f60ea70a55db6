/** A day of the API as a short label: `3 Feb`. @param day `2026-02-03` */
export function dayLabel(day: string, locale: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(locale, {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
}

/** The beginning of an hour or a day in the reader's zone: `3 Feb`, `3 Feb, 14:00`. @param at ISO 8601 */
export function bucketLabel(at: string, bucket: 'hour' | 'day', locale: string, timeZone?: string): string {
  return new Date(at).toLocaleString(locale, {
    day: 'numeric',
    month: 'short',
    ...(bucket === 'hour' && { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    ...(timeZone && { timeZone }),
  });
}
