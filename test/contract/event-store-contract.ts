import { describe } from 'vitest';
import { describeAppending } from './appending.ts';
import type { EventStoreHarness, EventStoreTraits } from './harness.ts';
import { describeLongLog } from './long-log.ts';
import { describeMoving } from './moving.ts';
import { describeReading } from './reading.ts';
import { describeSubscribing } from './subscribing.ts';

/** What every adapter of the event store has to do. One suite, so that all of them do the same. */
export function describeEventStore(
  name: string,
  makeHarness: () => Promise<EventStoreHarness>,
  traits: EventStoreTraits,
): void {
  describe(`the event store on ${name}`, () => {
    describeAppending(makeHarness, traits);
    describeReading(makeHarness);
    describeMoving(makeHarness);
    describeSubscribing(makeHarness, traits);
    describeLongLog(makeHarness);
  });
}
