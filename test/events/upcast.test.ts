import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodeEvent } from '../../src/events/codec.ts';
import type { EventId, Position } from '../../src/events/ids.ts';

const pushId = randomUUID();
const messageId = randomUUID();
const time = '2026-03-01T12:00:00.000Z';

/** As the first version of a type's schema was written. */
function first(type: string, data: object) {
  const metadata = { $correlationId: pushId, $causationId: pushId, schemaVersion: 1, recordedAt: time };
  return decodeEvent({
    type,
    stream: `pushledger.notification-${messageId}.1`,
    id: randomUUID() as EventId,
    position: 1n as Position,
    data: JSON.stringify(data),
    metadata: JSON.stringify(metadata),
  });
}

it('a message that was planned for the one room there was is routed there alone', () => {
  const data = {
    messageId,
    version: 1,
    room: '!room',
    pushIds: [pushId],
    transactionId: 't',
    plannedAt: time,
  };
  expect(first('NotificationPlanned', { ...data, content: { body: 'text' } })?.data).toEqual({
    ...data,
    content: { body: 'text' },
    routes: [{ pushId, rooms: ['!room'] }],
    opens: [],
    enriched: [],
  });
});

it('a message that was sent before devices were kept names none', () => {
  const data = {
    messageId,
    version: 1,
    pushIds: [pushId],
    remoteId: '$event',
    attempts: 1,
    startedAt: time,
    sentAt: time,
  };
  expect(first('NotificationSent', data)?.data).toEqual({ ...data, device: null });
});

it.each(['NotificationPlanned', 'NotificationSent'])(
  '%s of another shape is refused, not guessed',
  (type) => {
    expect(() => first(type, { pushIds: 'none' })).toThrow(/stored event does not fit/);
  },
);
