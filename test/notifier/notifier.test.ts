import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { streamOf } from '../../src/events/ids.ts';
import { consoleRoom } from '../../src/notifier/console.ts';
import { listNotifications } from '../../src/notifier/list-notifications.ts';
import { createMatrixSender } from '../../src/notifier/matrix.ts';
import type { Sender } from '../../src/notifier/sender.ts';
import { CodedError } from '../../src/runtime/errors.ts';
import { botToken, type Homeserver, misbehaviours, startHomeserver } from '../support/homeserver.ts';
import { commit, push } from './support/facts.ts';
import {
  createLedger,
  eventually,
  type Ledger,
  type RunningNotifier,
  type StartOptions,
  startNotifier,
} from './support/harness.ts';
import { plan } from './support/plans.ts';

const room = '!room:double.test';
const otherRoom = '!other:double.test';
let ledger: Ledger;
let homeserver: Homeserver;
let senders: Sender[];
let running: RunningNotifier[];

beforeEach(async () => {
  ledger = await createLedger();
  homeserver = await startHomeserver({ rooms: [{ id: room }, { id: otherRoom }] });
  senders = [];
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((notifier) => notifier.stop()));
  await Promise.all(senders.map((sender) => sender.close()));
  await homeserver.close();
  await ledger.close();
});

/** A notifier as after a start of the process: with a sender of its own. */
async function start(options: Partial<StartOptions> = {}, on: Ledger = ledger): Promise<RunningNotifier> {
  const sender = createMatrixSender({
    homeserverUrl: homeserver.url,
    accessToken: botToken,
    requestTimeoutMs: 2_000,
  });
  senders.push(sender);
  const started = await startNotifier(on, { senders: [sender], room, ...options });
  running.push(started);
  return started;
}

const announced = () => homeserver.accepted.flatMap(({ content }) => ownIds(content).push_ids);
const ownIds = (content: Record<string, unknown>) => content['dev.pushledger'] as { push_ids: string[] };
const states = async () => (await listNotifications(ledger.pool, { limit: 1_000 })).map(({ state }) => state);
const allSent = (count: number) =>
  eventually(async () => expect(await states()).toEqual(Array(count).fill('sent')));
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

/** The ledger, with a store whose appends fail where `fails` says so. */
function failing(fails: (stream: string) => boolean): Ledger {
  const store: EventStore = {
    ...ledger.store,
    append: (event) =>
      fails(event.stream)
        ? Promise.reject(new CodedError('STORE_UNAVAILABLE', 'by the test'))
        : ledger.store.append(event),
  };
  return { ...ledger, store };
}

/** The ledger, with a store that gives one event at a time. */
function pageByPage(): Ledger {
  const store: EventStore = {
    ...ledger.store,
    subscribe: (options) => ledger.store.subscribe({ ...options, pageSize: 1 }),
  };
  return { ...ledger, store };
}

describe('a push', () => {
  it('is announced by exactly one message, and the log tells how', async () => {
    await start();
    const fact = push();
    const pushId = await ledger.push(fact);
    await allSent(1);

    expect(announced()).toEqual([pushId]);
    expect(homeserver.accepted[0]).toMatchObject({ roomId: room, type: 'm.room.message' });
    const events = await ledger.events();
    expect(events.map(({ type }) => type)).toEqual([
      'LedgerCreated',
      'PushReceived',
      'NotificationPlanned',
      'NotificationSent',
    ]);
    const [, received, planned, sent] = events;
    expect(planned?.metadata).toMatchObject({ $correlationId: pushId, $causationId: received?.id });
    expect(sent?.metadata).toMatchObject({ $correlationId: pushId, $causationId: planned?.id });
    expect(sent?.data).toMatchObject({ remoteId: homeserver.accepted[0]?.eventId, attempts: 1 });
  });

  it('is announced where it came before the notifier ever ran', async () => {
    const pushId = await ledger.push(push());
    await start();
    await allSent(1);
    expect(announced()).toEqual([pushId]);
  });

  it('is announced after those that were received before it', async () => {
    await start();
    const pushIds = [];
    for (let index = 0; index < 30; index++) {
      pushIds.push(await ledger.push(push({ receivedAt: new Date(Date.now() + index).toISOString() })));
    }
    await allSent(30);
    expect(announced()).toEqual(pushIds);
  });

  it('is not announced when it is ignored or older than a day', async () => {
    await start();
    await ledger.push(push({ ignored: 'bot' }));
    await ledger.push(push({ receivedAt: hoursAgo(25) }));
    const fresh = await ledger.push(push({ receivedAt: hoursAgo(23) }));
    await allSent(1);
    expect(announced()).toEqual([fresh]);
  });

  it('is announced with the content that the log holds, whoever planned it', async () => {
    const fact = push();
    await ledger.push(fact);
    const inOtherWords = { ...fact, commits: [commit({ message: 'in other words' })] };
    const byAnotherVersion = plan([inOtherWords], { room, now: new Date() });
    await ledger.append(byAnotherVersion);
    await start();
    await allSent(1);
    expect(homeserver.accepted[0]?.content).toEqual(byAnotherVersion.data.content);
  });

  it('goes to the console where no Matrix is configured', async () => {
    const written: string[] = [];
    const sender: Sender = {
      serves: (name) => name === consoleRoom,
      send: ({ transactionId }) => {
        written.push(transactionId);
        return Promise.resolve({ remoteId: transactionId });
      },
      close: () => Promise.resolve(),
    };
    await start({ senders: [sender], room: consoleRoom });
    await ledger.push(push());
    await allSent(1);
    expect(written).toHaveLength(1);
  });
});

describe('a notifier that was stopped', () => {
  it.each([
    ['while the homeserver kept its answer back', { kind: 'hang-after' }],
    ['while the homeserver did nothing', { kind: 'hang' }],
    ['while connections broke', { kind: 'cut-before' }],
    ['while connections broke after the message', { kind: 'cut-after' }],
    ['while the homeserver failed', misbehaviours.serverError],
    ['while it had to wait', misbehaviours.rateLimited(60)],
    ['while the account was refused', misbehaviours.unauthorized],
  ] as const)('%s sends nothing twice', async (_when, misbehaviour) => {
    homeserver.misbehave(misbehaviour);
    const first = await start();
    const pushId = await ledger.push(push());
    await eventually(() => expect(homeserver.requests.some((request) => request.transactionId)).toBe(true));
    await first.stop();
    homeserver.behave();

    await start();
    await allSent(1);
    expect(announced()).toEqual([pushId]);
    expect(new Set(homeserver.requests.map(({ transactionId }) => transactionId).filter(Boolean)).size).toBe(
      1,
    );
  });

  it('before it could store what it had sent sends nothing twice', async () => {
    const first = await start(
      {},
      failing((stream) => stream.endsWith('.sent')),
    );
    const pushId = await ledger.push(push());
    await eventually(() => expect(announced()).toEqual([pushId]));
    await eventually(() => expect(first.notifier.status().lastError).toContain('by the test'));
    await first.stop();
    expect(homeserver.requests.filter(({ transactionId }) => transactionId)).toHaveLength(1);

    await start();
    await allSent(1);
    expect(announced()).toEqual([pushId]);
  });

  it('again and again, whatever it was doing, announces every push once', async () => {
    const pushIds: string[] = [];
    for (let round = 0; round < 10; round++) {
      const before = homeserver.requests.length;
      const current = await start({ graceMs: round % 2 === 0 ? 0 : 50 });
      for (let index = 0; index < 3; index++) pushIds.push(await ledger.push(push()));
      // Each round is stopped at another request of its own.
      await eventually(() => expect(homeserver.requests.length).toBeGreaterThan(before + (round % 5)));
      await current.stop();
    }
    await start();
    await allSent(pushIds.length);
    expect(announced().toSorted()).toEqual(pushIds.toSorted());
  });

  it('twice at the same time (an old leader) announces every push once', async () => {
    const old = await start();
    await ledger.push(push());
    await allSent(1);
    const sender = createMatrixSender({ homeserverUrl: homeserver.url, accessToken: botToken });
    senders.push(sender);
    // The second has a subscription of its own, which the checkpoint fences; both act on the same tables.
    const second = await startNotifier(ledger, { senders: [sender], room });
    running.push(second);
    for (let index = 0; index < 10; index++) await ledger.push(push());
    await allSent(11);
    expect(new Set(announced()).size).toBe(11);
    expect(homeserver.accepted).toHaveLength(11);
    await old.stop();
  });
});

describe('a notifier without its tables', () => {
  it('reads the whole log before it acts, and sends nothing again', async () => {
    const first = await start();
    for (let index = 0; index < 5; index++) await ledger.push(push());
    await allSent(5);
    await ledger.push(push({ receivedAt: hoursAgo(30) }));
    await first.stop();
    const fresh = await ledger.push(push());
    const before = homeserver.requests.filter(({ transactionId }) => transactionId).length;
    await ledger.pool.query('truncate pushledger.due_pushes, pushledger.notifications');
    await ledger.pool.query("delete from pushledger.checkpoints where name = 'notifier'");

    await start({}, pageByPage());
    await allSent(6);
    expect(announced()).toHaveLength(6);
    expect(announced().at(-1)).toBe(fresh);
    expect(homeserver.requests.filter(({ transactionId }) => transactionId)).toHaveLength(before + 1);
  });
});

describe('a failure', () => {
  it('that passes is tried again until it has passed, with as much pause as was asked for', async () => {
    for (const misbehaviour of [
      misbehaviours.serverError,
      misbehaviours.html,
      misbehaviours.rateLimited(1),
    ]) {
      homeserver.misbehave(misbehaviour, { times: 1 });
    }
    const { notifier } = await start();
    const pushId = await ledger.push(push());
    await allSent(1);
    expect(announced()).toEqual([pushId]);
    expect((await listNotifications(ledger.pool, { limit: 1 }))[0]).toMatchObject({ attempts: 4 });
    expect(notifier.status()).toMatchObject({ state: 'ok', lastError: null });
    const sent = (await ledger.events()).find(({ type }) => type === 'NotificationSent');
    if (sent?.type !== 'NotificationSent') throw new Error('nothing was sent');
    expect(Date.parse(sent.data.sentAt) - Date.parse(sent.data.startedAt)).toBeGreaterThanOrEqual(1_000);
  });

  it('of one room holds up no other', async () => {
    homeserver.misbehave(misbehaviours.serverError, { room });
    const before = await start();
    await ledger.push(push());
    await eventually(async () => expect(await states()).toEqual(['planned']));
    await before.stop();

    const { notifier } = await start({ room: otherRoom });
    await ledger.push(push());
    await eventually(() => expect(homeserver.accepted.map(({ roomId }) => roomId)).toEqual([otherRoom]));
    await eventually(() => expect(notifier.status()).toMatchObject({ state: 'degraded', pending: 1 }));
    homeserver.behave();
    await allSent(2);
    await eventually(() =>
      expect(notifier.status()).toEqual({ state: 'ok', pending: 0, parked: 0, lastError: null }),
    );
  });

  it('that is final parks the message with the reason, and the next one goes out', async () => {
    homeserver.misbehave(misbehaviours.forbidden, { times: 2 });
    const { notifier } = await start();
    await ledger.push(push());
    await eventually(async () => expect(await states()).toEqual(['parked']));
    const next = await ledger.push(push());
    await eventually(() => expect(announced()).toEqual([next]));
    await eventually(() =>
      expect(notifier.status()).toEqual({ state: 'ok', pending: 0, parked: 1, lastError: null }),
    );
    const [parked] = await listNotifications(ledger.pool, { state: 'parked', limit: 10 });
    expect(parked).toMatchObject({ attempts: 1, reason: expect.stringContaining('M_FORBIDDEN') });
    if (!parked) throw new Error('nothing is parked');
    const [failed] = await ledger.store.readStreams([
      streamOf.notificationFailed(parked.messageId, parked.version, 1),
    ]);
    expect(failed?.type).toBe('NotificationFailed');
  });

  it('of the account stops everything, parks nothing, and is over when the account is mended', async () => {
    homeserver.signOut(botToken);
    const { notifier } = await start({ unauthorizedPauseMs: 300 });
    for (let index = 0; index < 3; index++) await ledger.push(push());
    await eventually(() =>
      expect(notifier.status()).toMatchObject({ state: 'degraded', pending: 3, parked: 0 }),
    );
    expect(notifier.status().lastError).toContain('M_UNKNOWN_TOKEN');
    homeserver.signIn(botToken, 'DEVICE');
    await allSent(3);
    await eventually(() => expect(notifier.status()).toMatchObject({ state: 'ok', pending: 0, parked: 0 }));
    expect(announced()).toHaveLength(3);
  });

  it('of the store delays what is planned and sent, and loses nothing', async () => {
    let refusals = 6;
    const unreliable = failing((stream) => stream.includes('notification') && refusals-- > 0);
    const { notifier } = await start({}, unreliable);
    for (let index = 0; index < 3; index++) await ledger.push(push());
    await allSent(3);
    expect(announced()).toHaveLength(3);
    await eventually(() => expect(notifier.status().state).toBe('ok'));
  });
});

describe('a message that may have been sent long ago', () => {
  it('is looked for in its room, as the homeserver may have forgotten its transaction id', async () => {
    const fact = push();
    await ledger.push(fact);
    const planned = plan([fact], { room, now: new Date(hoursAgo(1)) });
    await ledger.append(planned);
    const sender = createMatrixSender({ homeserverUrl: homeserver.url, accessToken: botToken });
    senders.push(sender);
    const { transactionId, content } = planned.data;
    const { remoteId } = await sender.send({ transactionId, content, room, plannedAt: new Date() });
    homeserver.forgetTransactions();

    await start();
    await allSent(1);
    expect(homeserver.accepted).toHaveLength(1);
    expect(await listNotifications(ledger.pool, { limit: 1 })).toMatchObject([{ remoteId }]);
  });
});

describe('a message for a room that nothing leads to', () => {
  it('waits until something does', async () => {
    const { notifier, stop } = await start({ senders: [] });
    await ledger.push(push());
    await eventually(() => expect(notifier.status()).toMatchObject({ state: 'ok', pending: 1 }));
    await stop();
    await start();
    await allSent(1);
  });
});
