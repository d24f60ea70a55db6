import type { Clock } from '../runtime/clock.ts';

/** Remembers one call for whoever waits next, so that none is lost between looking and waiting. */
export interface Wake {
  call(): void;
  /** Resolves once there was a call since the last time it resolved, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let called = false;
  let resolveWaiting: () => void = () => undefined;
  return {
    call() {
      called = true;
      resolveWaiting();
    },
    async wait(signal) {
      if (!called && !signal.aborted) {
        await new Promise<void>((resolve) => {
          resolveWaiting = () => {
            signal.removeEventListener('abort', resolveWaiting);
            resolve();
          };
          signal.addEventListener('abort', resolveWaiting, { once: true });
        });
      }
      called = false;
    },
  };
}

/** Calls a wake at a time that was worked out anew with each look; the last one that was set counts. */
export interface Alarm {
  /** @param at null: not at all */
  set(at: Date | null): void;
}

/** A longer sleep would overflow the timer; whoever is woken too early looks again. In milliseconds. */
const longestSleepMs = 60 * 60_000;

export function createAlarm(wake: Wake, clock: Clock, stop: AbortSignal): Alarm {
  let waiting = new AbortController();
  return {
    set(at) {
      waiting.abort();
      if (at === null || stop.aborted) return;
      waiting = new AbortController();
      const ms = Math.min(longestSleepMs, Math.max(0, at.getTime() - clock.now().getTime()));
      clock.sleep(ms, AbortSignal.any([waiting.signal, stop])).then(
        () => wake.call(),
        // Another time was set, or everything stops.
        () => undefined,
      );
    },
  };
}
