/**
 * Does things by name at once, and again not before some time has passed; what is asked for meanwhile is done once, at
 * the end of it, so that the last one always counts.
 */
export function createThrottle(everyMs: number): (name: string, act: () => void) => void {
  const waiting = new Map<string, (() => void) | null>();
  const begin = (name: string, act: () => void) => {
    act();
    waiting.set(name, null);
    setTimeout(() => {
      const next = waiting.get(name);
      waiting.delete(name);
      if (next) begin(name, next);
    }, everyMs);
  };
  return (name, act) => {
    if (waiting.has(name)) waiting.set(name, act);
    else begin(name, act);
  };
}
