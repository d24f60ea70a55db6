import type { Clock } from './clock.ts';

export interface BackoffPolicy {
  /** Pause before the first retry, in milliseconds. */
  readonly firstMs: number;
  /** No pause is longer than this, in milliseconds. */
  readonly maxMs: number;
}

export const defaultBackoff: BackoffPolicy = { firstMs: 100, maxMs: 30_000 };

/**
 * The pause in milliseconds before retry number `attempt` (from 1): doubling from `firstMs`, at most `maxMs`,
 * of which the upper half is random, so that many clients of one server do not return together.
 *
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, policy: BackoffPolicy, random: number): number {
  const ceiling = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly policy?: BackoffPolicy;
  /** Called with each failure, its number (from 1) and the pause that follows, in milliseconds. */
  readonly onFailure: (error: unknown, attempt: number, pauseMs: number) => void;
  /** A failure for which this is false is thrown at once. Everything is retried when it is absent. */
  readonly isRetryable?: (error: unknown) => boolean;
  /** A pause asked for by the other side (`Retry-After`), in milliseconds; never shorter than the backoff. */
  readonly requestedPauseMs?: (error: unknown) => number | undefined;
  /** After this many attempts the last failure is thrown. Unbounded (until the signal) when absent. */
  readonly maxAttempts?: number;
}

/**
 * Calls `task` until it succeeds, the signal aborts, or the failure is final.
 *
 * @param task gets a function to call when it got on (a long-running task): the next failure counts as the first
 * @throws the task's last error, or the signal's reason
 */
export async function retry<T>(task: (gotOn: () => void) => Promise<T>, options: RetryOptions): Promise<T> {
  const policy = options.policy ?? defaultBackoff;
  let attempt = 0;
  const gotOn = () => {
    attempt = 0;
  };
  for (;;) {
    options.signal.throwIfAborted();
    try {
      return await task(gotOn);
    } catch (error) {
      attempt++;
      options.signal.throwIfAborted();
      const final = options.isRetryable?.(error) === false || attempt === options.maxAttempts;
      if (final) throw error;
      const pauseMs = Math.max(
        backoffMs(attempt, policy, Math.random()),
        options.requestedPauseMs?.(error) ?? 0,
      );
      options.onFailure(error, attempt, pauseMs);
      await options.clock.sleep(pauseMs, options.signal);
    }
  }
}
