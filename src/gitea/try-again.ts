import type { Clock } from '../runtime/clock.ts';
import { retry } from '../runtime/retry.ts';
import { GiteaError } from './errors.ts';

/** A longer `Retry-After` is told to the caller instead of waited for, in milliseconds. */
const longestPauseMs = 60_000;
const maxAttempts = 4;
const policy = { firstMs: 250, maxMs: 5_000 };

/**
 * Does a request again that came to nothing: 429 and a refused connection always, as nothing was done then; 5xx and a
 * connection that broke only where a second time does no harm. A time-out is not tried again: each one takes long, and
 * the caller knows whether there is time for another.
 *
 * @param repeatable the request may be carried out twice
 */
export function tryAgain<T>(
  task: () => Promise<T>,
  options: { readonly clock: Clock; readonly repeatable: boolean; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  const { clock, repeatable, signal = new AbortController().signal } = options;
  // An aborted signal is left to the task, which says what was given up.
  if (signal.aborted) return task();
  return retry(task, {
    clock,
    signal,
    policy,
    maxAttempts,
    isRetryable: (error) =>
      error instanceof GiteaError &&
      (error.retryAfterMs ?? 0) <= longestPauseMs &&
      (error.reason === 'rate-limited' ||
        (repeatable && (error.reason === 'server-error' || error.reason === 'unreachable'))),
    requestedPauseMs: (error) =>
      error instanceof GiteaError ? (error.retryAfterMs ?? undefined) : undefined,
    onFailure: () => undefined,
  });
}
