import type { Clock } from '../../runtime/clock.ts';
import { inTime } from '../../runtime/within.ts';
import { NoAnswer } from './failures.ts';

/**
 * Gives a promise up after `ms` milliseconds. A deadline that is left to the client alone does not cover the search
 * for a node, and a promise of its own may never settle.
 *
 * @throws NoAnswer
 */
export function within<T>(clock: Clock, ms: number, what: string, promise: Promise<T>): Promise<T> {
  return inTime(clock, ms, promise, () => new NoAnswer(`no answer to ${what} within ${ms} ms`));
}

/** Stops waiting when the signal aborts: rejects with its reason. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
