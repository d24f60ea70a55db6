/** Between 1970, which JavaScript counts from, and 2000, which Postgres counts from, in milliseconds. */
const epoch = Date.UTC(2000, 0, 1);
/** `2026-01-02T03:04:05.006Z`, as `toISOString` gives it. */
const usual = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const parts = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-](?:0\d|1[0-5]):\d\d)$/;

export type PostgresTime = (text: string) => number | bigint | null;

/**
 * Reads times as Postgres keeps them: microseconds since 2000. Text goes the same way there; a time that it refuses is
 * null here. A number where that is exact, which is until the year 2255, as bigints take several times as long.
 *
 * It remembers the last time and its day: a row mostly has the times of the row before it, or its own twice, and parsing
 * a date takes longer than all else.
 */
export function createTimeReader(): PostgresTime {
  let last: string | null = null;
  let lastTime: number | bigint | null = null;
  let day: string | null = null;
  let startOfDay = 0;

  function read(text: string): number | bigint | null {
    if (usual.test(text)) {
      const date = text.slice(0, 10);
      if (date !== day) {
        day = date;
        startOfDay = Date.parse(date);
      }
      return microseconds(startOfDay + timeOfDay(text), 0);
    }
    const [, time, fraction, zone] = parts.exec(text) ?? [];
    if (time === undefined || zone === undefined) return null;
    return microseconds(Date.parse(time + zone), roundHalfEven(Number(`0${fraction ?? ''}`) * 1_000_000));
  }

  return (text) => {
    if (text !== last) {
      lastTime = read(text);
      last = text;
    }
    return lastTime;
  };
}

/** Milliseconds; NaN for a time that no day has. */
function timeOfDay(text: string): number {
  const digits = (at: number) => 10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * zero;
  const [hour, minute, second] = [digits(11), digits(14), digits(17)];
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const milliseconds = 10 * digits(20) + text.charCodeAt(22) - zero;
  return ((hour * 60 + minute) * 60 + second) * 1_000 + milliseconds;
}

const zero = '0'.charCodeAt(0);

function microseconds(milliseconds: number, more: number): number | bigint | null {
  if (Number.isNaN(milliseconds)) return null;
  const exact = (milliseconds - epoch) * 1_000 + more;
  return Number.isSafeInteger(exact) ? exact : BigInt(milliseconds - epoch) * 1_000n + BigInt(more);
}

/** As C's `rint` does, which Postgres uses. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
