import { randomUUID } from 'node:crypto';
import type { EventType } from '../../src/events/catalogue.ts';
import type { EncodedEvent } from '../../src/events/codec.ts';
import type { EventId } from '../../src/events/ids.ts';

/** An event that a store takes, as stores look at no data, and whose data does not fit its schema. */
export function undecodable(type: EventType = 'PushReceived', stream?: string): EncodedEvent {
  const id = randomUUID() as EventId;
  return {
    type,
    stream: stream ?? `pushledger.push-${id}`,
    id,
    correlationId: id,
    data: '{"pushId": 7}',
    metadata: JSON.stringify({
      $correlationId: id,
      $causationId: id,
      schemaVersion: 1,
      recordedAt: '2026-02-03T04:05:06Z',
    }),
    body: null,
  };
}
