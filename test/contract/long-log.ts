import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { encodeEvent } from '../../src/events/codec.ts';
import { startOfLog } from '../../src/events/ids.ts';
import { bytesInUse } from '../support/contract-memory.ts';
import { testDelivery } from '../support/event-drafts.ts';
import type { EventStoreHarness } from './harness.ts';

const logEvents = Number(process.env.CONTRACT_LOG_EVENTS ?? 50_000);
const bytesPerEvent = 1_000;
/** Far less than the smallest log that is read here takes. */
const maxGrowthBytes = 16 * 1024 * 1024;
const timeoutMs = 60_000 + logEvents;

export function describeLongLog(makeHarness: () => Promise<EventStoreHarness>): void {
  describe(`a log of ${logEvents} events`, () => {
    let harness: EventStoreHarness;
    let store: EventStore;

    beforeAll(async () => {
      harness = await makeHarness();
      store = harness.open();
      await fill(store);
    }, timeoutMs);
    afterAll(() => harness.close());

    it(
      'is read in order and in constant memory',
      async () => {
        expect(logEvents * bytesPerEvent).toBeGreaterThan(2 * maxGrowthBytes);
        const stop = new AbortController();
        const atStart = bytesInUse();
        let growth = 0;
        let read = 0;
        let last = startOfLog;
        let nextLook = 0;
        for await (const page of store.subscribe({ after: startOfLog, signal: stop.signal })) {
          for (const { position } of page.events) {
            if (position <= last) throw new Error(`position ${position} came after ${last}`);
            last = position;
          }
          read += page.events.length;
          if (read >= nextLook) {
            growth = Math.max(growth, bytesInUse() - atStart);
            nextLook += logEvents / 20;
          }
          if (page.caughtUp) stop.abort();
        }
        expect(read).toBe(logEvents);
        expect(growth).toBeLessThan(maxGrowthBytes);
      },
      timeoutMs,
    );
  });
}

/** Appends the log with so many appends at a time that an adapter can batch. */
async function fill(store: EventStore): Promise<void> {
  const sender = 'x'.repeat(bytesPerEvent - 500);
  let left = logEvents;
  const producer = async () => {
    while (left-- > 0) {
      const { outcome } = await store.append(encodeEvent(testDelivery({ sender })));
      if (outcome !== 'stored') throw new Error(`an append gave ${outcome}`);
    }
  };
  await Promise.all(Array.from({ length: 512 }, producer));
}
