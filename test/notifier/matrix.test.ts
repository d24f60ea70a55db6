import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageId } from '../../src/events/ids.ts';
import { contentOf } from '../../src/notifier/content.ts';
import { createMatrixSender } from '../../src/notifier/matrix.ts';
import type { OutgoingMessage, Sender } from '../../src/notifier/sender.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { botToken, type Homeserver, misbehaviours, startHomeserver } from '../support/homeserver.ts';
import { push } from './support/facts.ts';

const room = '!room:double.test';
let homeserver: Homeserver;
let sender: Sender;

const connect = (requestTimeoutMs = 5_000) =>
  createMatrixSender({ homeserverUrl: homeserver.url, accessToken: botToken, requestTimeoutMs });

beforeEach(async () => {
  homeserver = await startHomeserver({ rooms: [{ id: room, alias: '#pushes:double.test' }] });
  sender = connect();
});

afterEach(async () => {
  await sender.close();
  await homeserver.close();
});

function message(change: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const messageId = randomUUID() as MessageId;
  return {
    transactionId: `pushledger.${messageId}.1`,
    room,
    content: contentOf({
      messageId,
      version: 1,
      pushes: [{ push: push(), enrichment: null }],
      replaces: null,
    }),
    plannedAt: new Date(),
    ...change,
  };
}

const requestsTo = (part: string) => homeserver.requests.filter(({ path }) => path.includes(part));

describe('a message', () => {
  it('arrives as it was planned, under its transaction id', async () => {
    const planned = message();
    const { remoteId } = await sender.send(planned);
    expect(homeserver.accepted).toMatchObject([
      { eventId: remoteId, roomId: room, type: 'm.room.message', transactionId: planned.transactionId },
    ]);
    expect(homeserver.accepted[0]?.content).toEqual(planned.content);
  });

  it('sent twice, also by another process, is one event', async () => {
    const planned = message();
    const first = await sender.send(planned);
    const other = connect();
    expect(await sender.send(planned)).toEqual(first);
    expect(await other.send(planned)).toEqual(first);
    expect(homeserver.accepted).toHaveLength(1);
    await other.close();
  });

  it('goes to a room by its alias, which is resolved once', async () => {
    await sender.send(message({ room: '#pushes:double.test' }));
    await sender.send(message({ room: '#pushes:double.test' }));
    expect(homeserver.accepted.map(({ roomId }) => roomId)).toEqual([room, room]);
    expect(requestsTo('/directory/')).toHaveLength(1);
    expect(requestsTo('/whoami')).toHaveLength(1);
  });

  it('joins a room that the account is not in, once', async () => {
    homeserver.addRoom({ id: '!new:double.test', joined: false });
    await sender.send(message({ room: '!new:double.test' }));
    await sender.send(message({ room: '!new:double.test' }));
    expect(homeserver.accepted).toHaveLength(2);
    expect(requestsTo('/join/')).toHaveLength(1);
  });

  it('joins again after the account was removed', async () => {
    await sender.send(message());
    homeserver.removeBot(room);
    await sender.send(message());
    expect(homeserver.accepted).toHaveLength(2);
  });

  it('never goes to an encrypted room, where all could read it', async () => {
    homeserver.addRoom({ id: '!secret:double.test', encrypted: true });
    await expect(sender.send(message({ room: '!secret:double.test' }))).rejects.toMatchObject({
      kind: 'final',
      message: expect.stringContaining('encrypted'),
    });
    expect(homeserver.accepted).toEqual([]);
  });
});

describe('what went wrong', () => {
  it.each([
    ['a server error', misbehaviours.serverError, 'transient'],
    ['a proxy page', misbehaviours.html, 'transient'],
    ['a sign-in page with status 200', misbehaviours.htmlWith200, 'transient'],
    ['an answer without an event id', misbehaviours.emptyObject, 'transient'],
    ['a cut connection', { kind: 'cut-before' }, 'transient'],
    ['a refused account', misbehaviours.unauthorized, 'unauthorized'],
    ['a refused message', misbehaviours.forbidden, 'final'],
  ] as const)('is told: %s', async (_name, misbehaviour, kind) => {
    homeserver.misbehave(misbehaviour);
    await expect(sender.send(message())).rejects.toMatchObject({ name: 'SendError', kind });
    expect(homeserver.accepted).toEqual([]);
  });

  it.each([
    ['a server error', misbehaviours.serverError, 'transient'],
    ['a proxy page', misbehaviours.html, 'transient'],
    ['a refused account', misbehaviours.unauthorized, 'unauthorized'],
  ] as const)(
    'is told where the first question already fails, and is over when it is: %s',
    async (_name, misbehaviour, kind) => {
      homeserver.misbehave(misbehaviour, { on: 'everything' });
      await expect(sender.send(message())).rejects.toMatchObject({ kind });
      homeserver.behave();
      await sender.send(message());
      expect(homeserver.accepted).toHaveLength(1);
    },
  );

  it('never shows the access token', async () => {
    homeserver.misbehave(misbehaviours.unauthorized);
    const error: unknown = await sender.send(message()).catch((thrown: unknown) => thrown);
    const logged: string[] = [];
    createLogger('info', { write: (line) => void logged.push(line) }).error(
      { err: error },
      'as the notifier logs it',
    );
    expect(logged.join()).toContain('M_UNKNOWN_TOKEN');
    expect(logged.join() + inspect(error, { depth: 10, showHidden: true })).not.toContain(botToken);
  });

  it('carries the pause that the homeserver asks for', async () => {
    homeserver.misbehave(misbehaviours.rateLimited(7));
    await expect(sender.send(message())).rejects.toMatchObject({ kind: 'transient', retryAfterMs: 7_000 });
  });

  it('is final where the room, the size or the content cannot be', async () => {
    homeserver.addRoom({ id: '!closed:double.test', joined: false, open: false });
    const large = { ...message().content, body: 'x'.repeat(70_000) };
    const float = { ...message().content, number: 0.5 };
    for (const change of [
      { room: '!closed:double.test' },
      { room: '#nowhere:double.test' },
      { content: large },
      { content: float },
    ]) {
      await expect(sender.send(message(change))).rejects.toMatchObject({ kind: 'final' });
    }
    expect(homeserver.accepted).toEqual([]);
  });

  it('is transient where nobody listens', async () => {
    await homeserver.close();
    await expect(sender.send(message())).rejects.toMatchObject({ kind: 'transient' });
    homeserver = await startHomeserver();
  });

  it.each([
    ['hangs', { kind: 'hang' }, 0],
    ['hangs after it took the message', { kind: 'hang-after' }, 1],
    ['answers too late', { kind: 'late', ms: 2_000 }, 1],
    ['cuts the connection after it took the message', { kind: 'cut-after' }, 1],
  ] as const)('is one message all the same, where a homeserver %s', async (_name, misbehaviour, accepted) => {
    const planned = message();
    const impatient = connect(500);
    homeserver.misbehave(misbehaviour, { times: 1 });
    await expect(impatient.send(planned)).rejects.toMatchObject({ kind: 'transient' });
    expect(homeserver.accepted).toHaveLength(accepted);
    await impatient.send(planned);
    expect(homeserver.accepted).toHaveLength(1);
    await impatient.close();
  });

  it('is abandoned by closing', async () => {
    await sender.send(message());
    homeserver.misbehave({ kind: 'hang' });
    const sending = sender.send(message());
    await sender.close();
    await expect(sending).rejects.toMatchObject({ kind: 'transient' });
  });
});

describe('looking for a message in its room', () => {
  it('finds it by our own ids, however far back', async () => {
    const planned = message();
    const { remoteId } = await sender.send(planned);
    for (let count = 0; count < 120; count++) await sender.send(message());
    expect(await sender.find?.(planned)).toEqual({ remoteId, device: 'DEVICE' });
  });

  it('finds nothing where it was not sent', async () => {
    await sender.send(message());
    expect(await sender.find?.(message())).toBeNull();
  });
});

it('serves rooms by id and alias, and no console', () => {
  expect(['!a:b', '#a:b', 'console'].map(sender.serves)).toEqual([true, true, false]);
});
