import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { describe, expect, it } from 'vitest';
import {
  type DeliveryId,
  derivedDeliveryId,
  eventIdOfStream,
  type MessageId,
  messageIdOf,
  type PushId,
  parseDeliveryId,
  pushIdOf,
  streamOf,
} from '../../src/events/ids.ts';

const key = {
  instance: 'gitea.example.org',
  repositoryId: 42,
  ref: 'refs/heads/main',
  after: '1'.repeat(40),
};
const uuid = '00000000-0000-4000-8000-000000000000';

describe('an id that is derived', () => {
  it('is the UUID v5 that another implementation makes of the same name', () => {
    const namespace = '8f0b5c1e-6a43-4c0d-9d0e-2b7f6c1a9e54';
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (ref, occurrence) => {
        const name = JSON.stringify(['push', key.instance, key.repositoryId, ref, key.after, occurrence]);
        expect(pushIdOf({ ...key, ref }, occurrence)).toBe(v5(name, namespace));
      }),
    );
  });

  // Every id in every log was made like this. Where one of these fails, the change gives known pushes other ids.
  it('is what it has always been', () => {
    expect({
      push: pushIdOf(key, 0),
      again: pushIdOf(key, 1),
      event: eventIdOfStream('pushledger.ledger-0'),
      delivery: derivedDeliveryId(uuid as DeliveryId, 'ab'.repeat(32)),
      message: messageIdOf('!room:example.org', uuid as PushId),
    }).toEqual({
      push: '3d3ba4cc-e821-555f-b274-8d02bbabfbf6',
      again: '18fff45f-d4d5-556b-b056-c68f2f990f9d',
      event: '2f839c3e-f8f8-5064-a38f-e9cb4a501275',
      delivery: 'cd4bf4a7-f13f-5a53-bd88-c20ef1e0ed62',
      message: 'afe20468-bf82-5cfd-be89-2d370f0e08d2',
    });
  });

  it('is a UUID of version 5, the same for the same push and another for any other', () => {
    const push = fc.record({
      instance: fc.string(),
      repositoryId: fc.integer({ min: 0, max: 5 }),
      ref: fc.string(),
      after: fc.string(),
      occurrence: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(push, push, (a, b) => {
        const [idA, idB] = [pushIdOf({ ...a }, a.occurrence), pushIdOf({ ...b }, b.occurrence)];
        expect(idA).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(pushIdOf({ ...a }, a.occurrence)).toBe(idA);
        expect(idA === idB).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('depends on where one value ends and the next begins', () => {
    expect(messageIdOf('a', 'bc' as PushId)).not.toBe(messageIdOf('ab', 'c' as PushId));
    expect(pushIdOf({ ...key, ref: 'a', after: 'bc' }, 0)).not.toBe(
      pushIdOf({ ...key, ref: 'ab', after: 'c' }, 0),
    );
    expect(pushIdOf({ ...key, instance: 'a"', ref: 'b' }, 0)).not.toBe(
      pushIdOf({ ...key, instance: 'a', ref: '"b' }, 0),
    );
  });

  it('depends on what it is the id of', () => {
    expect(messageIdOf('a', 'b' as PushId) as string).not.toBe(derivedDeliveryId('a' as DeliveryId, 'b'));
  });
});

describe('a delivery id', () => {
  it('is taken in lower case, whatever its case', () => {
    const id = randomUUID();
    expect(parseDeliveryId(id)).toBe(id);
    expect(parseDeliveryId(id.toUpperCase())).toBe(id);
  });

  it.each([
    undefined,
    '',
    'no uuid',
    `${uuid} `,
    `{${uuid}}`,
    uuid.replaceAll('-', ''),
    `${uuid.slice(0, -1)}g`,
  ])('is not %j', (text) => {
    expect(parseDeliveryId(text)).toBeNull();
  });
});

describe('a stream', () => {
  it('has the name of the table in the design, and one of its own for each fact', () => {
    const names = {
      ledger: streamOf.ledger(),
      push: streamOf.push(uuid as PushId),
      redelivery: streamOf.redelivery(uuid as DeliveryId),
      confirmation: streamOf.confirmation(uuid as PushId),
      test: streamOf.testDelivery(uuid as DeliveryId),
      rejection: streamOf.rejection(uuid as DeliveryId),
      planned: streamOf.notification(uuid as MessageId, 1),
      sent: streamOf.notificationSent(uuid as MessageId, 1),
      failed: streamOf.notificationFailed(uuid as MessageId, 1, 2),
    };
    expect(names).toEqual({
      ledger: 'pushledger.ledger-0',
      push: `pushledger.push-${uuid}`,
      redelivery: `pushledger.redelivery-${uuid}`,
      confirmation: `pushledger.confirmation-${uuid}`,
      test: `pushledger.test-${uuid}`,
      rejection: `pushledger.rejection-${uuid}`,
      planned: `pushledger.notification-${uuid}.1`,
      sent: `pushledger.notification-${uuid}.1.sent`,
      failed: `pushledger.notification-${uuid}.1.failed.2`,
    });
  });
});
