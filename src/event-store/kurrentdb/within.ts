import { type Clock, notNeeded } from '../../runtime/clock.ts';
import { NoAnswer } from './failures.ts';

/**
 * Gives a promise up after `ms` milliseconds. A deadline that is left to the client alone does not cover the search
 * for a node, and a promise of its own may never settle.
 *
 * @throws NoAnswer
 */
export async function within<T>(clock: Clock, ms: number, what: string, promise: Promise<T>): Promise<T> {
  const done = new AbortController();
  // What comes later than we wait must not be an unhandled rejection.
  promise.catch(() => undefined);
  const late = clock.sleep(ms, done.signal).then(
    () => {
      throw new NoAnswer(`no answer to ${what} within ${ms} ms`);
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort(notNeeded);
  }
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
