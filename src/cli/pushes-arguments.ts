import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/units.ts';

const expected =
  'a date (2026-02-03), a time (2026-02-03T04:05:06Z) or an age (90s, 15m, 2h, 7d) is expected';
const isoTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i;

/**
 * A time as it is given to a command: ISO 8601, in UTC where no offset says otherwise, or how long ago it was.
 *
 * @throws InvalidArgumentError saying what is accepted
 */
export function parseTime(text: string, now = new Date()): Date {
  const age = parseDuration(text.trim());
  const time = age === null ? parseIso(text.trim()) : new Date(now.getTime() - age);
  if (time === null || Number.isNaN(time.getTime())) throw new InvalidArgumentError(expected);
  return time;
}

function parseIso(text: string): Date | null {
  const [, date, clock = '00:00', offset = 'Z'] = isoTime.exec(text) ?? [];
  if (date === undefined) return null;
  // The 30th of February would become the 2nd of March.
  const day = new Date(`${date}T00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return null;
  return new Date(`${date}T${clock}${offset.toUpperCase()}`);
}

export function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new InvalidArgumentError('a whole number from 1 to 10000 is expected');
  }
  return limit;
}
