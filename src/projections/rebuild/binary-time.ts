/** Between 1970, which JavaScript counts from, and 2000, which Postgres counts from, in milliseconds. */
const epoch = Date.UTC(2000, 0, 1);
/** `2026-01-02T03:04:05.006Z`, as `toISOString` gives it. */
const usual = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const parts = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-](?:0\d|1[0-5]):\d\d)$/;

/**
 * A time as Postgres keeps it: microseconds since 2000. Text goes the same way there; a time that it refuses is null
 * here.
 */
export function postgresTime(text: string): bigint | null {
  if (usual.test(text)) return microseconds(Date.parse(text), 0);
  const [, time, fraction, zone] = parts.exec(text) ?? [];
  if (time === undefined || zone === undefined) return null;
  return microseconds(Date.parse(time + zone), roundHalfEven(Number(`0${fraction ?? ''}`) * 1_000_000));
}

function microseconds(milliseconds: number, more: number): bigint | null {
  return Number.isNaN(milliseconds) ? null : BigInt(milliseconds - epoch) * 1_000n + BigInt(more);
}

/** As C's `rint` does, which Postgres uses. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
