/** How often we look, in milliseconds. */
const intervalMs = 50;

/**
 * How long this process lets its callers wait before it even looks at them, in milliseconds. Grows while it works through
 * one round of events, so that what comes last in it sees how long those before it took.
 */
export function watchLateness(): { lateMs(): number; stop(): void } {
  let last = performance.now();
  const timer = setInterval(() => {
    last = performance.now();
  }, intervalMs);
  // Nothing waits for this.
  timer.unref();
  return {
    lateMs: () => Math.max(0, performance.now() - last - intervalMs),
    stop: () => clearInterval(timer),
  };
}
