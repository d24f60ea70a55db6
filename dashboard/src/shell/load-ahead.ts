/** Loads what may be looked at next, once there is nothing better to do: then it is there when the service is not. */
export function loadAhead(loaders: readonly (() => Promise<unknown>)[]): void {
  const load = () => {
    for (const loader of loaders) {
      // Whoever wants to see it tries again, and is told.
      loader().catch(() => undefined);
    }
  };
  if ('requestIdleCallback' in window) window.requestIdleCallback(load, { timeout: 5_000 });
  else setTimeout(load, 2_000);
}
