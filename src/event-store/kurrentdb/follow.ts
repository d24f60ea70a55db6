import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { StoredEvent } from '../../events/codec.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { EventPage } from '../event-store.ts';
import { NoAnswer } from './failures.ts';
import { recordedEventOf } from './recorded-event.ts';
import type { ReadCall } from './store-client.ts';
import type { StreamNames } from './stream-names.ts';

export interface FollowOptions {
  readonly call: ReadCall;
  readonly names: StreamNames;
  readonly pageSize: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The server says something by then, in milliseconds. */
  readonly startMs: number;
  /** And at least this often while it is still catching up, in milliseconds. */
  readonly silenceMs: number;
  /** While nothing is new, an empty page is given this often, in milliseconds. */
  readonly idleMs: number;
}

/** While there is more to come, a page waits this long to become full: the fewer pages, the sooner it is caught up. */
const fillMs = 20;

/**
 * The pages of one subscription, made from what is there; once it has caught up, no event waits for another. Nothing
 * is taken from the call while a page is in work, so that the server is held back by HTTP/2's own flow control.
 *
 * Ends when the signal aborts.
 *
 * @throws ServiceError when the subscription breaks; NoAnswer when it ends or says nothing
 */
export async function* follow(options: FollowOptions): AsyncGenerator<EventPage> {
  const { call, clock, signal, pageSize, names } = options;
  const signs = watch(call, signal);
  let started = false;
  let live = false;
  let events: StoredEvent[] = [];
  try {
    while (!signal.aborted) {
      let caughtUpNow = false;
      while (events.length < pageSize && !caughtUpNow) {
        const answer = call.read() as ReadResp | null;
        if (answer === null) break;
        started = true;
        const recorded = recordedEventOf(answer, names);
        if (recorded) events.push(recorded.event);
        if (answer.hasCaughtUp()) live = true;
        if (answer.hasFellBehind()) live = false;
        // A checkpoint says that what came meanwhile was not for us.
        caughtUpNow = answer.hasCaughtUp() || (live && answer.hasCheckpoint());
      }
      const more = !live && events.length > 0 && events.length < pageSize;
      if (more && (await signs.next(clock, fillMs)) === 'something') continue;
      if (events.length > 0 || caughtUpNow) {
        const page = { events, caughtUp: live && call.readableLength === 0 };
        events = [];
        yield page;
        continue;
      }
      const patienceMs = live ? options.idleMs : started ? options.silenceMs : options.startMs;
      if ((await signs.next(clock, patienceMs)) === 'something') continue;
      if (!live) throw new NoAnswer(`the subscription said nothing for ${patienceMs} ms`);
      yield { events: [], caughtUp: true };
    }
  } finally {
    signs.stop();
    call.cancel();
  }
}

/** Waits for something to read. Made before the first read, so that an early failure finds its listener. */
function watch(call: ReadCall, signal: AbortSignal) {
  let failure: Error | null = null;
  let wake: () => void = () => undefined;

  const onSign = () => wake();
  const onError = (error: Error) => {
    failure ??= error;
    wake();
  };
  // All that a server says which shuts down cleanly.
  const onEnd = () => onError(new NoAnswer('the server ended the subscription'));
  call.on('readable', onSign);
  call.on('error', onError);
  call.on('end', onEnd);
  signal.addEventListener('abort', onSign);

  return {
    /** To be called right after a read that gave null: what comes after that read wakes it. */
    async next(clock: Clock, timeoutMs: number): Promise<'something' | 'nothing'> {
      if (failure) throw failure;
      const done = new AbortController();
      const woken = new Promise<'something'>((resolve) => {
        wake = () => resolve('something');
      });
      const late = clock.sleep(timeoutMs, done.signal).then(
        () => 'nothing' as const,
        () => 'nothing' as const,
      );
      const sign = await Promise.race([woken, late]);
      done.abort();
      return sign;
    },
    stop() {
      signal.removeEventListener('abort', onSign);
      call.off('readable', onSign);
      call.off('end', onEnd);
      call.off('error', onError);
    },
  };
}
