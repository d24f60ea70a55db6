import pino from 'pino';
import type { LiveStatus } from '../../../src/dashboard/api/schemas/live.ts';
import { createLive, type Live } from '../../../src/dashboard/live/live.ts';
import type { Viewer } from '../../../src/dashboard/live/viewer.ts';
import type { StoredEvent } from '../../../src/events/codec.ts';
import { type Position, startOfLog } from '../../../src/events/ids.ts';
import { CodedError } from '../../../src/runtime/errors.ts';
import { createManualClock } from '../../ingest/spool/support/manual-clock.ts';
import { pushEvent } from '../../support/push-event.ts';

/** A viewer's connection that takes everything, or, once it is stuck, nothing. */
export interface DoubleOut extends Pick<Viewer['out'], 'write' | 'end' | 'destroy'> {
  writableLength: number;
  destroyed: boolean;
  readonly ended: boolean;
  /** All that was written, whether it was taken or waits. */
  readonly text: string;
  stuck(stuck: boolean): void;
  /** The data of its events of a name. */
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at what it caused
  events(name: string): any[];
}

export function createOut(): DoubleOut {
  let text = '';
  let stuck = false;
  let ended = false;
  const out = {
    writableLength: 0,
    destroyed: false,
    get ended() {
      return ended;
    },
    get text() {
      return text;
    },
    stuck(next: boolean) {
      stuck = next;
      if (!stuck) out.writableLength = 0;
    },
    write(chunk: Buffer | string) {
      text += String(chunk);
      if (stuck) out.writableLength += chunk.length;
      return !stuck;
    },
    end() {
      ended = true;
    },
    destroy() {
      out.destroyed = true;
    },
    events: (name: string) =>
      text
        .split('\n\n')
        .filter((frame) => frame.includes(`event: ${name}\n`))
        .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6))),
  };
  return out as unknown as DoubleOut;
}

export interface LiveDouble {
  readonly live: Live;
  readonly reads: number;
  /** Appends so many pushes. */
  push(count: number): void;
  away(away: boolean): void;
  /** Lets time pass, and everything happen that is due then. */
  pass(ms: number): Promise<void>;
  join(out: DoubleOut, after?: number, mayStay?: () => Promise<boolean>): void;
}

/** Live updates over a log in memory. */
export function createLiveDouble(): LiveDouble {
  const clock = createManualClock();
  const events: StoredEvent[] = [];
  let away = false;
  let reads = 0;
  const answer = async <T>(value: () => T): Promise<T> => {
    if (away) throw new CodedError('STORE_UNAVAILABLE', 'the double is away');
    return value();
  };
  const status: LiveStatus = {
    head: '0',
    projections: [],
    notifications: { planned: 0, parked: 0 },
    rebuild: null,
  };
  const live = createLive({
    store: {
      head: () => answer(() => events.at(-1)?.position ?? startOfLog),
      readPage(after: Position, limit: number) {
        reads++;
        return answer(() => {
          const page = events.slice(Number(after), Number(after) + limit);
          return { events: page, caughtUp: Number(after) + page.length === events.length };
        });
      },
    },
    readStatus: () => answer(() => ({ ...status, head: String(events.length) })),
    clock,
    logger: pino({ level: 'silent' }),
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    live,
    get reads() {
      return reads;
    },
    push(count) {
      for (let index = 0; index < count; index++) {
        const event = pushEvent({ position: events.length + 1 });
        events.push({
          ...event,
          data: JSON.stringify(event.data),
          metadata: JSON.stringify(event.metadata),
        });
      }
    },
    away(next) {
      away = next;
    },
    async pass(ms) {
      await settle();
      for (let passed = 0; passed < ms; passed += 250) {
        clock.advance(250);
        await settle();
      }
    },
    join: (out, after, mayStay = async () => true) =>
      live.join(
        { out: out as unknown as Viewer['out'], mayStay },
        after === undefined ? null : BigInt(after),
      ),
  };
}
