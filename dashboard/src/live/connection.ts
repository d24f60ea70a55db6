import { apiUrl } from '../api/request.ts';
import { waitBefore } from './backoff.ts';
import { readStream, type StreamEvent } from './read-stream.ts';

/** The service gives a sign of life every 15 s. In milliseconds. */
const silenceMs = 40_000;

export type LiveState = 'connecting' | 'live' | 'lost';

export interface Listeners {
  readonly onEvent: (event: StreamEvent) => void;
  readonly onState: (state: LiveState) => void;
  /** The service wants a sign-in first. */
  readonly onRefused: () => void;
}

/** Stays connected to the live updates, and goes on after the last event that it got, until the signal ends it. */
export async function stayConnected(listeners: Listeners, signal: AbortSignal): Promise<void> {
  let last: string | null = null;
  let failures = 0;
  listeners.onState('connecting');
  while (!signal.aborted) {
    try {
      const response = await fetch(apiUrl('api/events', last === null ? {} : { after: last }), {
        headers: { accept: 'text/event-stream' },
        signal,
      });
      if (response.status === 401 || response.status === 403) listeners.onRefused();
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      failures = 0;
      listeners.onState('live');
      await readStream(
        response.body,
        (event) => {
          last = event.id ?? last;
          listeners.onEvent(event);
        },
        silenceMs,
      );
    } catch {
      // Whatever it was: it is tried again, and the page says that it is not connected.
    }
    if (signal.aborted) return;
    failures++;
    listeners.onState('lost');
    await pause(waitBefore(failures), signal);
  }
}

/** At once when the reader comes back to the page. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    document.addEventListener('visibilitychange', done);
  });
}
