const byteUnits = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Bytes of `8388608`, `512KiB` or `8MiB`; null for anything else. */
export function parseBytes(text: string): number | null {
  const [, amount, unit = 'B'] = /^(\d{1,15})\s*(B|KiB|MiB|GiB)?$/.exec(text) ?? [];
  return amount === undefined ? null : Number(amount) * byteUnits[unit as keyof typeof byteUnits];
}

/** Milliseconds of `500ms`, `30s`, `15m`, `24h` or `7d`; null for anything else, also for a number without unit. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d{1,15})\s*(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return null;
  return Number(amount) * durationUnits[unit as keyof typeof durationUnits];
}

/** The shortest text that `parseBytes` reads as this many bytes. */
export function formatBytes(bytes: number): string {
  return inLargestUnit(bytes, byteUnits);
}

/** The shortest text that `parseDuration` reads as this many milliseconds, at most in hours: `24h`, not `1d`. */
export function formatDuration(ms: number): string {
  const { d: _days, ...upToHours } = durationUnits;
  return inLargestUnit(ms, upToHours);
}

function inLargestUnit(amount: number, units: Readonly<Record<string, number>>): string {
  const fits = Object.entries(units).filter(([, size]) => amount % size === 0);
  const [unit, size] = fits.at(-1) ?? ['', 1];
  return `${amount / size}${unit}`;
}
