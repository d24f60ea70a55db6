const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** `0.4 ms`, `12 ms`, `1.25 s`, `3 min 5 s`, `2 d 4 h`. @param ms milliseconds */
export function duration(ms: number, language: string): string {
  const number = (value: number, digits: number) =>
    value.toLocaleString(language, { maximumFractionDigits: digits });
  if (ms < 10) return `${number(ms, 1)} ms`;
  if (ms < 999.5) return `${number(ms, 0)} ms`;
  if (ms < 59_950) return `${number(ms / 1_000, ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1_000) * 1_000;
  const at = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[at] ?? units[2];
  const [nextUnit, nextSize] = units[at + 1] ?? (['s', 1_000] as const);
  const whole = Math.floor(seconds / size);
  const rest = Math.floor((seconds - whole * size) / nextSize);
  return rest > 0 ? `${whole} ${unit} ${rest} ${nextUnit}` : `${whole} ${unit}`;
}

/** `12 KiB`. @param bytes a number of them */
export function bytes(count: number, language: string): string {
  if (count < 1_024) return `${count} B`;
  const [value, unit] = count < 1_048_576 ? [count / 1_024, 'KiB'] : [count / 1_048_576, 'MiB'];
  return `${value.toLocaleString(language, { maximumFractionDigits: 1 })} ${unit}`;
}
