import { expect, it } from 'vitest';
import { messageIdOf } from '../../src/events/ids.ts';
import { decide } from '../../src/notifier/decide.ts';
import { push } from './support/facts.ts';

const now = new Date('2026-03-01T12:00:00Z');
const options = { room: '!room', now, maxAgeMs: 60_000 };
const receivedAgo = (ms: number) => new Date(now.getTime() - ms).toISOString();

it('makes one message of each push, named by room and push', () => {
  const pushes = [push({ receivedAt: receivedAgo(2) }), push({ receivedAt: receivedAgo(1) })];
  expect(decide(pushes, options)).toEqual(
    pushes.map((fact) => ({
      messageId: messageIdOf('!room', fact.pushId),
      version: 1,
      room: '!room',
      pushIds: [fact.pushId],
      push: fact,
    })),
  );
});

it('announces neither ignored pushes nor those that are older than the limit', () => {
  const atTheLimit = push({ receivedAt: receivedAgo(60_000) });
  const pushes = [
    push({ receivedAt: receivedAgo(1), ignored: 'bot' }),
    push({ receivedAt: receivedAgo(60_001) }),
    atTheLimit,
  ];
  expect(decide(pushes, options).map((message) => message.push)).toEqual([atTheLimit]);
});
