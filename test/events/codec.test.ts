import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue, type EventType } from '../../src/events/catalogue.ts';
import { decodeEvent, type EncodedEvent, encodeEvent, type StoredEvent } from '../../src/events/codec.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { type EventId, type Position, startOfLog } from '../../src/events/ids.ts';
import { pushOf, pushReceived, redelivery, testDelivery } from '../support/event-drafts.ts';
import { anyDraft } from './drafts.ts';

/** What a store gives back: all but the body, and the position. */
function stored(event: EncodedEvent, position = 1n): StoredEvent {
  const { type, stream, id, data, metadata } = event;
  return { type, stream, id, data, metadata, position: position as Position };
}

describe('an event that is written and read', () => {
  it('is the same, whatever its type and its text', () => {
    const types = new Set<EventType>();
    fc.assert(
      fc.property(anyDraft, fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (draft, position) => {
        types.add(draft.type);
        const event = decodeEvent(stored(encodeEvent(draft), position));
        expect(event).toEqual({
          type: draft.type,
          stream: draft.stream,
          id: draft.id,
          position,
          data: draft.data,
          metadata: {
            $correlationId: draft.correlationId,
            $causationId: draft.causationId,
            schemaVersion: catalogue[draft.type].version,
            recordedAt: draft.recordedAt.toISOString(),
            ...(draft.timings && { timings: draft.timings }),
          },
        });
      }),
      { numRuns: 400 },
    );
    expect(types).toEqual(new Set(Object.keys(catalogue)));
  });

  it('has the same bytes each time, which hold no half of a surrogate pair', () => {
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const { data, metadata } = encodeEvent(draft);
        expect(encodeEvent(draft)).toEqual({ ...encodeEvent(draft), data, metadata });
        expect(data.isWellFormed() && metadata.isWellFormed()).toBe(true);
        expect(`${data}${metadata}`).not.toContain('\0');
      }),
    );
  });

  it('carries its body beside the data', () => {
    const body = new Uint8Array([1, 2, 3]);
    expect(encodeEvent(pushReceived(pushOf('text'), body)).body).toBe(body);
    expect(encodeEvent(pushReceived(pushOf('text'))).body).toBeNull();
  });

  it('carries its correlation id also where a store can look it up', () => {
    const event = encodeEvent(testDelivery({ correlationId: 'push' }));
    expect(event.correlationId).toBe('push');
    expect(JSON.parse(event.metadata)).toMatchObject({ $correlationId: 'push' });
  });

  it('has its ids in lower case', () => {
    const draft = redelivery(
      'ABCDEF00-0000-4000-8000-000000000000' as EventDraft<'PushRedelivered'>['data']['pushId'],
    );
    expect(decodeEvent(stored(encodeEvent(draft)))?.data).toMatchObject({
      pushId: 'abcdef00-0000-4000-8000-000000000000',
    });
  });
});

describe('data that does not fit', () => {
  const good = pushReceived(pushOf('text'));

  it.each<[string, Partial<typeof good.data>]>([
    ['after', { after: 'no hash' }],
    ['totalCommits', { totalCommits: -1 }],
    ['receivedAt', { receivedAt: 'yesterday' }],
    ['pushId', { pushId: 'no uuid' as typeof good.data.pushId }],
  ])('is refused when it is written, with stream and field named (%s)', (field, change) => {
    expect(() => encodeEvent({ ...good, data: { ...good.data, ...change } })).toThrow(
      expect.objectContaining({
        code: 'EVENT_INVALID',
        message: expect.stringMatching(new RegExp(`PushReceived in stream ${good.stream}[^]*${field}`)),
      }),
    );
  });

  it.each<[string, Partial<StoredEvent>]>([
    ['data of another shape', { data: '{"pushId":1}' }],
    ['data that is not JSON', { data: '{"pushId":' }],
    ['data that is null', { data: 'null' }],
    ['metadata of another shape', { metadata: '{}' }],
    ['metadata that is not JSON', { metadata: '' }],
    ['a schema version of zero', { metadata: changedMetadata({ schemaVersion: 0 }) }],
    ['a time that is none', { metadata: changedMetadata({ recordedAt: 'now' }) }],
  ])('is refused when it is read, with the stream named: %s', (_, change) => {
    expect(() => decodeEvent({ ...stored(encodeEvent(good)), ...change })).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(good.stream) }),
    );
  });

  it('is never read into anything but an event or an EVENT_INVALID', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(catalogue)),
        fc.json(),
        fc.json(),
        (type, data, metadata) => {
          const event = { type, stream: 's', id: 'i' as EventId, position: startOfLog, data, metadata };
          expect(() => decodeEvent(event)).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }));
        },
      ),
    );
  });

  function changedMetadata(change: object): string {
    return JSON.stringify({ ...JSON.parse(encodeEvent(good).metadata), ...change });
  }
});

describe('a type that we do not know', () => {
  it.each(['FromTheFuture', '', 'toString', '__proto__', 'constructor', 'pushReceived'])(
    'is null, whatever it holds: %j',
    (type) => {
      expect(decodeEvent({ ...stored(encodeEvent(testDelivery())), type, data: 'not even JSON' })).toBeNull();
    },
  );
});

describe('a field that a newer version has added', () => {
  it('does not keep us from reading the event', () => {
    const event = stored(encodeEvent(testDelivery()));
    const data = JSON.stringify({ ...JSON.parse(event.data), later: true });
    const metadata = JSON.stringify({ ...JSON.parse(event.metadata), later: true, schemaVersion: 99 });
    expect(decodeEvent({ ...event, data, metadata })?.data).toEqual(JSON.parse(event.data));
  });
});
