import { type Clock, notNeeded } from './clock.ts';

/**
 * What a promise comes to, unless it says nothing for `ms` milliseconds. The work goes on behind our back: whoever gave
 * up must count neither on its end nor on its failure.
 *
 * @throws what it fails with, or what `late` gives
 */
export async function inTime<T>(clock: Clock, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  const done = new AbortController();
  // What comes later than we wait must not be an unhandled rejection.
  work.catch(() => undefined);
  const tooLate = clock.sleep(Math.max(0, ms), done.signal).then(
    () => Promise.reject(late()),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    done.abort(notNeeded);
  }
}

/** The same, or null when it fails or says nothing. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | null> {
  return inTime(clock, ms, work, () => new Error(`no answer within ${ms} ms`)).catch(() => null);
}
