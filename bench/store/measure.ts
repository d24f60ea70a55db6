import type { EventStore } from '../../src/event-store/event-store.ts';
import { encodeEvent } from '../../src/events/codec.ts';
import { type Position, startOfLog } from '../../src/events/ids.ts';
import { testDelivery } from '../../test/support/event-drafts.ts';

export interface AppendFigures {
  readonly producers: number;
  readonly perSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** An event of about 850 bytes, as a small push is. */
const text = 'x'.repeat(470);

/** Each producer appends one event after the other. Fails when the log does not hold exactly what was appended. */
export async function measureAppends(
  store: EventStore,
  producers: number,
  milliseconds: number,
): Promise<AppendFigures> {
  const before = await store.head();
  const latencies: number[] = [];
  const ids = new Set<string>();
  const begin = performance.now();
  const producer = async () => {
    while (performance.now() - begin < milliseconds) {
      const event = encodeEvent(testDelivery({ sender: text }));
      const started = performance.now();
      const { outcome } = await store.append(event);
      latencies.push(performance.now() - started);
      if (outcome !== 'stored') throw new Error(`an append gave ${outcome}`);
      ids.add(event.id);
    }
  };
  await Promise.all(Array.from({ length: producers }, producer));
  const perSecond = latencies.length / ((performance.now() - begin) / 1_000);
  await expectLog(store, before, ids);
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) => latencies[Math.floor((latencies.length - 1) * q)] ?? 0;
  return { producers, perSecond, p50: quantile(0.5), p99: quantile(0.99) };
}

/** Events a second through a subscription that begins at the start of the log. Fails when one is out of order. */
export async function measureSubscription(
  store: EventStore,
  atLeast: number,
): Promise<{ events: number; perSecond: number }> {
  const stored = await fillUp(store, atLeast);
  const stop = new AbortController();
  let events = 0;
  let last = startOfLog;
  const begin = performance.now();
  for await (const page of store.subscribe({ after: startOfLog, signal: stop.signal })) {
    for (const { position } of page.events) {
      if (position <= last) throw new Error(`position ${position} came after ${last}`);
      last = position;
    }
    events += page.events.length;
    if (page.caughtUp) stop.abort();
  }
  const perSecond = events / ((performance.now() - begin) / 1_000);
  if (events !== stored) throw new Error(`the subscription gave ${events} of ${stored} events`);
  return { events, perSecond };
}

/** Says how many events the log holds then. */
async function fillUp(store: EventStore, atLeast: number): Promise<number> {
  let stored = 0;
  await eachPage(store, startOfLog, (ids) => {
    stored += ids.length;
  });
  const missing = Math.max(0, atLeast - stored);
  let left = missing;
  const producer = async () => {
    while (left-- > 0) await store.append(encodeEvent(testDelivery({ sender: text })));
  };
  await Promise.all(Array.from({ length: 128 }, producer));
  return stored + missing;
}

async function expectLog(store: EventStore, after: Position, ids: ReadonlySet<string>): Promise<void> {
  let found = 0;
  await eachPage(store, after, (page) => {
    for (const id of page) if (!ids.has(id)) throw new Error(`${id} is in the log, and nobody appended it`);
    found += page.length;
  });
  if (found !== ids.size) throw new Error(`${ids.size} events were appended, ${found} are in the log`);
}

async function eachPage(
  store: EventStore,
  after: Position,
  take: (ids: readonly string[]) => void,
): Promise<void> {
  let last = after;
  for (let caughtUp = false; !caughtUp; ) {
    const page = await store.readPage(last, 1_000);
    take(page.events.map(({ id }) => id));
    last = page.events.at(-1)?.position ?? last;
    caughtUp = page.caughtUp;
  }
}
