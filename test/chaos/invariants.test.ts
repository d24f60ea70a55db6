import { expect, test } from 'vitest';
import type { AcceptedEvent } from '../support/homeserver.ts';
import { type Evidence, violations } from './invariants.ts';
import { emptyWorld, type LoggedPush } from './log-fold.ts';
import { isUnexpected } from './service-log.ts';

const logged = (pushId: string, more: Partial<LoggedPush> = {}): LoggedPush => ({
  pushId,
  ignored: null,
  within: false,
  pusher: 'bob',
  redeliveries: 0,
  triggered: 1,
  ...more,
});

function message(messageId: string, version: number, edits?: string): AcceptedEvent {
  return {
    eventId: `$${messageId}.${version}`,
    roomId: '!room',
    type: 'm.room.message',
    transactionId: `${messageId}.${version}`,
    device: 'DEVICE',
    content: {
      'dev.pushledger': { message_id: messageId, version },
      ...(edits !== undefined && { 'm.relates_to': { rel_type: 'm.replace', event_id: edits } }),
    },
    at: 0,
  };
}

/** Two pushes, announced by one message and its edit, as it should be. */
function kept(): Evidence {
  const log = emptyWorld();
  for (const pushId of ['one', 'two']) {
    log.pushes.set(pushId, logged(pushId));
    log.byDigest.set(`digest of ${pushId}`, [pushId]);
  }
  log.plans.set('m.1', { room: '!room', pushIds: ['one'] });
  log.plans.set('m.2', { room: '!room', pushIds: ['one', 'two'] });
  return {
    sent: ['one', 'two'].map((name) => ({ digest: `digest of ${name}`, isPush: true, taken: true })),
    log,
    runs: new Map(['one', 'two'].map((pushId) => [pushId, { count: 1, statuses: ['success'] }])),
    messages: [message('m', 1), message('m', 2, '$m.1')],
    triggered: ['one', 'two'],
  };
}

test('nothing is wrong where every push is stored once, is one run and stands in one message', () => {
  expect(violations(kept())).toEqual([]);
});

test.each<[string, (evidence: Evidence) => Partial<Evidence>, RegExp]>([
  [
    'a lost push',
    ({ log }) => {
      log.byDigest.clear();
      return {};
    },
    /was answered 2xx, and is not stored/,
  ],
  [
    'a push that is stored twice',
    ({ log }) => {
      log.byDigest.set('digest of one', ['one', 'two']);
      return {};
    },
    /stored 2 times/,
  ],
  ['no run', () => ({ runs: new Map() }), /push one has 0 runs/],
  [
    'two runs',
    ({ runs }) => ({ runs: new Map(runs).set('one', { count: 2, statuses: ['success', 'success'] }) }),
    /push one has 2 runs/,
  ],
  [
    'a run of nothing',
    ({ runs }) => ({ runs: new Map(runs).set('three', { count: 1, statuses: ['success'] }) }),
    /a run of three/,
  ],
  ['no message', () => ({ messages: [] }), /push one is named by 0 messages/],
  ['an edit that was lost', () => ({ messages: [message('m', 1)] }), /push two is named by 0 messages/],
  [
    'a message that came twice',
    () => ({ messages: [message('m', 1), { ...message('m', 1), eventId: '$again' }] }),
    /in the room twice/,
  ],
  [
    'a second message that names a push',
    ({ log, messages }) => {
      log.plans.set('other.1', { room: '!room', pushIds: ['two'] });
      return { messages: [...messages, message('other', 1)] };
    },
    /push two is named by 2 messages/,
  ],
  [
    'an edit of another message',
    ({ messages }) => ({ messages: [...messages.slice(0, 1), message('m', 2, '$x')] }),
    /edits \$x/,
  ],
  [
    'a message that nobody planned',
    ({ messages }) => ({ messages: [...messages, message('x', 1)] }),
    /nobody planned/,
  ],
  [
    'a push that was ignored for no reason',
    ({ log }) => {
      log.pushes.set('one', logged('one', { ignored: 'why' }));
      return {};
    },
    /was ignored: why/,
  ],
  [
    'redeliveries without end',
    ({ log }) => {
      log.pushes.set('one', logged('one', { redeliveries: 103 }));
      return {};
    },
    /103 redeliveries/,
  ],
  ['two runs of dag_engine', () => ({ triggered: ['one', 'one'] }), /under two keys/],
  [
    'a test delivery that became a push',
    ({ sent }) => ({ sent: sent.map((body) => ({ ...body, isPush: false })) }),
    /is no push, and is stored/,
  ],
])('%s is found', (_name, spoil, told) => {
  const evidence = kept();
  const spoiled = { ...evidence, ...spoil(evidence) };
  expect(violations(spoiled).join('\n')).toMatch(told);
});

test('of what the service says, an answer 500 and what nobody caught are never expected', () => {
  expect(isUnexpected('{"level":"error","code":"INTERNAL","status":500}')).toBe(true);
  expect(isUnexpected('Uncaught Error: x')).toBe(true);
  expect(isUnexpected('(node:1) MaxListenersExceededWarning: x')).toBe(true);
  expect(isUnexpected('{"level":"error","code":"SPOOL_UNAVAILABLE","status":503}')).toBe(false);
});
