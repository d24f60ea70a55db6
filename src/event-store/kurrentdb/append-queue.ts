import type { EncodedEvent } from '../../events/codec.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { AppendOutcome } from '../event-store.ts';

/** One connection of HTTP/2 carries a hundred calls at the server's default; reads need some of them too. */
const maxAppendsAtOnce = 64;
/** What may wait; beyond it, appends are refused at once instead of growing the memory. */
const maxQueuedEvents = 20_000;
const maxQueuedBytes = 128 * 1024 * 1024;

export interface AppendQueue {
  append(event: EncodedEvent): Promise<AppendOutcome>;
  /** Takes nothing more, and resolves when all that was accepted has its answer. */
  close(): Promise<void>;
}

interface Waiting {
  readonly event: EncodedEvent;
  readonly bytes: number;
  /** By the clock of `now`, in milliseconds. */
  readonly since: number;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Bounds how many appends are on their way and how many wait, first come first served.
 *
 * @param write makes one append in at most so many milliseconds; time spent waiting here is taken off
 * @param appendTimeoutMs an append that has no answer by then is given up
 */
export function createAppendQueue(
  write: (event: EncodedEvent, leftMs: number) => Promise<AppendOutcome>,
  appendTimeoutMs: number,
  now: () => number,
): AppendQueue {
  const queue: Waiting[] = [];
  const idle: (() => void)[] = [];
  let queuedBytes = 0;
  let running = 0;
  let closed = false;

  function start(): void {
    while (running < maxAppendsAtOnce) {
      const next = queue.shift();
      if (!next) break;
      queuedBytes -= next.bytes;
      const leftMs = appendTimeoutMs - (now() - next.since);
      if (leftMs <= 0) {
        next.reject(
          new CodedError('STORE_UNAVAILABLE', `no append got through within ${appendTimeoutMs} ms`),
        );
        continue;
      }
      running++;
      void settle(next, leftMs);
    }
    if (running === 0) for (const resolve of idle.splice(0)) resolve();
  }

  async function settle({ event, resolve, reject }: Waiting, leftMs: number): Promise<void> {
    try {
      resolve(await write(event, leftMs));
    } catch (error) {
      reject(error);
    } finally {
      running--;
      start();
    }
  }

  return {
    append(event) {
      const bytes = event.data.length + event.metadata.length + (event.body?.length ?? 0);
      if (closed) return Promise.reject(new CodedError('SHUTTING_DOWN'));
      if (queue.length >= maxQueuedEvents || queuedBytes + bytes > maxQueuedBytes) {
        return Promise.reject(
          new CodedError('STORE_UNAVAILABLE', `${queue.length} appends are waiting already`),
        );
      }
      return new Promise((resolve, reject) => {
        queue.push({ event, bytes, since: now(), resolve, reject });
        queuedBytes += bytes;
        start();
      });
    },
    close() {
      closed = true;
      if (running === 0 && queue.length === 0) return Promise.resolve();
      return new Promise((resolve) => {
        idle.push(resolve);
      });
    },
  };
}
