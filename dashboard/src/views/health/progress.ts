/** The part of the log that lies behind a position, 0 to 1. */
export function progressOf(position: string, head: string | null): number {
  const end = Number(head ?? 0);
  if (end <= 0) return 1;
  return Math.min(Math.max(Number(position) / end, 0), 1);
}
