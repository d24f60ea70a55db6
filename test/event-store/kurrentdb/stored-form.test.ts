import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, metadataOf, textOf, toStoredForm } from '../../../src/event-store/kurrentdb/stored-form.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import type { EventId } from '../../../src/events/ids.ts';
import { testDelivery } from '../../support/event-drafts.ts';

const event = { ...encodeEvent(testDelivery()), id: randomUUID() as EventId };

describe('the form in which an event is stored', () => {
  it('gives data, metadata and body back byte for byte', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.option(fc.uint8Array()),
        (data, more, body) => {
          const metadata = JSON.stringify({ $correlationId: 'c', ...more });
          const stored = toStoredForm({ ...event, data, metadata, body });
          expect(textOf(stored.data)).toBe(data);
          expect(metadataOf(stored.metadata)).toBe(metadata);
          expect(bodyOf(stored.metadata)).toEqual(body);
        },
      ),
    );
  });

  it('leaves metadata with a body readable as JSON, for projections in the store', () => {
    const stored = toStoredForm({ ...event, body: new Uint8Array(100 * 1024) });
    expect(JSON.parse(textOf(stored.metadata))).toMatchObject({ $correlationId: event.correlationId });
  });

  it('keeps the largest body that we store within the least that a store takes', () => {
    const body = new Uint8Array(700 * 1024).fill(7);
    const data = JSON.stringify('x'.repeat(300 * 1024));
    const stored = toStoredForm({ ...event, data, body });
    expect(stored.data.length + stored.metadata.length).toBeLessThan(1024 * 1024);
    expect(metadataOf(stored.metadata)).toBe(event.metadata);
    expect(bodyOf(stored.metadata)).toEqual(body);
  });
});
