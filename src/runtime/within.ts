import { type Clock, notNeeded } from './clock.ts';

/** What a promise comes to, or null when it fails or says nothing for `ms` milliseconds. */
export async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | null> {
  const done = new AbortController();
  const timeout = clock.sleep(ms, done.signal).then(
    () => null,
    () => null,
  );
  try {
    return await Promise.race([promise.catch(() => null), timeout]);
  } finally {
    done.abort(notNeeded);
  }
}
