import type { Clock } from '../../runtime/clock.ts';

/** How many wrong tokens are taken within `windowMs`, of one address and of all together. */
export interface AttemptLimits {
  readonly windowMs: number;
  readonly perAddress: number;
  readonly overall: number;
}

export const defaultLimits: AttemptLimits = { windowMs: 60_000, perAddress: 5, overall: 50 };

/** Counts failed attempts. What it keeps has a bound: no more failures than `overall` are ever remembered. */
export interface Attempts {
  /** Milliseconds until the next attempt is looked at; 0: now. */
  waitMs(address: string): number;
  failed(address: string): void;
}

export function createAttempts(clock: Pick<Clock, 'now'>, limits = defaultLimits): Attempts {
  let failures: readonly { readonly at: number; readonly address: string }[] = [];
  const now = () => clock.now().getTime();
  const recent = () => {
    const since = now() - limits.windowMs;
    failures = failures.filter(({ at }) => at > since);
    return failures;
  };
  /** When the oldest of the last `limit` failures is forgotten. */
  const until = (counted: typeof failures, limit: number) =>
    (counted.at(-limit)?.at ?? Number.NEGATIVE_INFINITY) + limits.windowMs;
  return {
    waitMs(address) {
      const all = recent();
      const own = all.filter((failure) => failure.address === address);
      return Math.max(0, until(own, limits.perAddress) - now(), until(all, limits.overall) - now());
    },
    failed(address) {
      failures = [...recent(), { at: now(), address }].slice(-limits.overall);
    },
  };
}
