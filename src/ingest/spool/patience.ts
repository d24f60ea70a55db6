import { type Clock, notNeeded } from '../../runtime/clock.ts';
import { CodedError } from '../../runtime/errors.ts';

/**
 * Waits for the event store no longer than `ms` milliseconds. The work goes on behind our back and may still reach
 * the log: whoever gave up must not count on either.
 *
 * @throws CodedError STORE_UNAVAILABLE
 */
export async function waitForStore<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  // What comes later than we wait must not be an unhandled rejection.
  work.catch(() => undefined);
  const late = clock.sleep(Math.max(0, ms), done.signal).then(
    () => Promise.reject(new CodedError('STORE_UNAVAILABLE', `no answer within ${ms} ms`)),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort(notNeeded);
  }
}

/** Whether the same delivery may be taken later. What is refused for good would be refused again. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof CodedError)) return false;
  const { code, context } = error;
  return code === 'SHUTTING_DOWN' || (code === 'STORE_UNAVAILABLE' && context.refused !== true);
}
