import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MovableEventStore } from '../event-store/event-store.ts';
import type { Position } from '../events/ids.ts';
import { type CheckedPage, type Checking, checkPage } from './check-page.ts';

/** Which part of the log to check. */
export interface PageRequest {
  readonly after: Position;
  /** Nothing behind this position. */
  readonly end: Position;
  /** At most so many events. */
  readonly limit: number;
}

/** A page whose end is known as soon as it was read, so that the next one can be asked for while it is checked. */
export interface PageOnItsWay {
  /** The position of its last event; null at the end of the part. */
  readonly last: Promise<Position | null>;
  readonly checked: Promise<CheckedPage>;
}

/** Reads pages of the log and checks them, several at once where it has threads. */
export interface PageChecker {
  /** How many pages it can work on at once. */
  readonly width: number;
  check(request: PageRequest): PageOnItsWay;
  close(): Promise<void>;
}

/** In this thread. */
export function createPageChecker(store: MovableEventStore, checking: Checking): PageChecker {
  return {
    width: 1,
    check(request) {
      const reading = readEvents(store, request);
      return {
        last: reading.then(({ last }) => last),
        checked: reading.then(async ({ events }) => {
          // Checking keeps the thread busy. Whoever waits for the end of the page must be told of it first, or no two
          // pages would ever be checked at once.
          await nextTurn();
          return checkPage(events, checking);
        }),
      };
    },
    close: async () => undefined,
  };
}

async function readEvents(store: MovableEventStore, { after, end, limit }: PageRequest) {
  const read = await store.readWhole(after, limit);
  const events = read.filter(({ position }) => position <= end);
  const last = events.length === read.length ? events.at(-1) : undefined;
  return { events, last: last?.position ?? null };
}
