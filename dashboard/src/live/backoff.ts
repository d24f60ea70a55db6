/** How long to wait before the next try to connect, in milliseconds: soon at first, and never longer than 10 s. */
export function waitBefore(attempt: number): number {
  return Math.min(500 * 2 ** Math.max(attempt - 1, 0), 10_000);
}
