/** Longer is not believed, in milliseconds: by a mistake of the other side nothing would be triggered for years. */
const longestPauseMs = 60 * 60_000;

/** The pause that a `Retry-After` asks for, in milliseconds; undefined for none that makes sense. */
export function retryAfterMs(header: string | null, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, longestPauseMs) : undefined;
}
