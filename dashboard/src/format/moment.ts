/** Short, in the reader's zone: today the time alone, this year without the year. */
export function shortMoment(at: Date, now: Date, language: string, timeZone?: string): string {
  const zone = timeZone ? { timeZone } : {};
  const dayOf = (date: Date) => date.toLocaleDateString('en-CA', zone);
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  if (dayOf(at) === dayOf(now)) return at.toLocaleTimeString(language, { ...time, ...zone });
  const sameYear = dayOf(at).slice(0, 4) === dayOf(now).slice(0, 4);
  return at.toLocaleString(language, {
    day: 'numeric',
    month: 'short',
    ...(!sameYear && { year: 'numeric' as const }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...zone,
  });
}

/** To the millisecond, with the zone. */
export function exactMoment(at: Date, language: string, timeZone?: string): string {
  const zone = timeZone ? { timeZone } : {};
  const text = at.toLocaleString(language, {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...zone,
  });
  return `${text} (${at.toISOString()})`;
}
