import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainEvent, EventDraft } from '../../src/events/event.ts';
import { type EventId, type Position, type PushId, streamOf } from '../../src/events/ids.ts';
import type { PushReceived } from '../../src/events/push-received.ts';
import { failedDraft, retriedDraft, sentDraft } from '../../src/notifier/drafts.ts';
import { fold } from '../../src/notifier/fold.ts';
import { record } from '../../src/notifier/record.ts';
import type { PlannedMessage } from '../../src/notifier/state.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { push, pushDraft } from './support/facts.ts';
import { createLedger, type Ledger } from './support/harness.ts';
import { plan } from './support/plans.ts';

let ledger: Ledger;
let pool: Pool;
beforeAll(async () => {
  ledger = await createLedger();
  ({ pool } = ledger);
});
afterAll(() => ledger.close());

const start = new Date('2026-03-01T12:00:00Z');

const outcome = { remoteId: '$event\0', device: 'DEVICE', attempts: 2, startedAt: start, sentAt: start };

const anyPush = (ignored: string | null = null) =>
  push({ pushId: randomUUID() as PushId, receivedAt: start.toISOString(), ignored });

function asPlanned({ data }: EventDraft<'NotificationPlanned'>, failures = 0): PlannedMessage {
  return { ...data, plannedAt: start, failures };
}

function failed(planned: EventDraft<'NotificationPlanned'>, failures = 0): EventDraft {
  return failedDraft(asPlanned(planned, failures), {
    reason: `no\0 ${failures}`,
    attempts: failures + 3,
    failedAt: start,
  });
}

const sent = (planned: EventDraft<'NotificationPlanned'>) => sentDraft(asPlanned(planned), outcome);
const retried = (planned: EventDraft<'NotificationPlanned'>, failures: number) =>
  retriedDraft(asPlanned(planned, failures), start);

function enriched(pushId: PushId): EventDraft<'PushEnriched'> {
  return {
    type: 'PushEnriched',
    stream: streamOf.enrichment(pushId),
    id: randomUUID() as EventId,
    data: {
      pushId,
      enrichedAt: start.toISOString(),
      commits: [],
      totalCommits: 1,
      truncated: false,
      forced: null,
      notes: [],
    },
    correlationId: pushId,
    causationId: pushId,
    recordedAt: start,
  };
}

const inRoom = { room: '!room', now: start };
const inBoth = { ...inRoom, rooms: ['!room', '!other'] };

/** The events of one push or two, in their order. */
const chains = {
  ignored: () => [pushDraft(anyPush('bot'))],
  due: () => [pushDraft(anyPush())],
  planned: () => ofOne((planned) => [planned]),
  sent: () => ofOne((planned) => [planned, sent(planned)]),
  parked: () => ofOne((planned) => [planned, failed(planned)]),
  'parked twice': () => ofOne((planned) => [planned, failed(planned), failed(planned, 1)]),
  'parked, then sent': () => ofOne((planned) => [planned, failed(planned), sent(planned)]),
  'sent, then parked': () => ofOne((planned) => [planned, sent(planned), failed(planned)]),
  'parked, retried': () => ofOne((planned) => [planned, failed(planned), retried(planned, 1)]),
  'parked, retried, parked': () =>
    ofOne((planned) => [planned, failed(planned), retried(planned, 1), failed(planned, 1)]),
  'in one of two rooms': () => {
    const fact = anyPush();
    return [pushDraft(fact), plan([fact], inBoth)];
  },
  'in two rooms': () => {
    const fact = anyPush();
    // What a later configuration says of it no longer counts.
    const other = plan([fact], { ...inRoom, room: '!other', rooms: ['!other', '!third'] });
    return [pushDraft(fact), plan([fact], inBoth), other];
  },
  edited: () =>
    ofTwo((one, two) => {
      const first = plan([one], inRoom);
      const second = plan([one, two], { ...inRoom, version: 2, replaces: '$1', news: [two] });
      return [first, sent(first), second, sent(second)];
    }),
  'edited again after a parked edit': () =>
    ofTwo((one, two) => {
      const first = plan([one], inRoom);
      const edit = { ...inRoom, replaces: '$1' };
      const second = plan([one, two], { ...edit, version: 2, news: [two] });
      const third = plan([one, two], { ...edit, version: 3, news: [], enriched: [enriched(two.pushId)] });
      const events = [first, sent(first), second, failed(second), enriched(two.pushId)];
      return [...events, third, sent(third), retried(second, 1)];
    }),
  'enriched after its message': () =>
    ofOne((planned) => [planned, sent(planned), enriched(planned.data.pushIds[0] as PushId)]),
  'enriched before its message, which did not know of it': () =>
    ofOne((planned) => [enriched(planned.data.pushIds[0] as PushId), planned]),
  'named by two messages': () =>
    ofTwo((one, two) => [
      plan([one], inRoom),
      plan([two, one], inRoom),
      plan([two], { ...inRoom, version: 2 }),
    ]),
  'begun twice by two leaders': () => {
    const fact = anyPush();
    return [pushDraft(fact), plan([fact], inRoom), plan([fact], { ...inRoom, version: 2 })];
  },
} satisfies Record<string, () => EventDraft[]>;

type Fate = keyof typeof chains;

function ofOne(events: (planned: EventDraft<'NotificationPlanned'>) => EventDraft[]): EventDraft[] {
  const fact = anyPush();
  return [pushDraft(fact), ...events(plan([fact], inRoom))];
}

function ofTwo(events: (one: PushReceived, two: PushReceived) => EventDraft[]): EventDraft[] {
  const [one, two] = [anyPush(), anyPush()];
  return [pushDraft(one), pushDraft(two), ...events(one, two)];
}

function chain(fate: Fate): EventDraft[] {
  return chains[fate]();
}

function placed(draft: EventDraft, index: number): DomainEvent {
  const metadata = {
    $correlationId: draft.correlationId,
    $causationId: draft.causationId,
    schemaVersion: 1,
    recordedAt: start.toISOString(),
  };
  // A draft and an event pair the same types with the same data, which TypeScript cannot see through the spread.
  return { ...draft, position: BigInt(index + 1) as Position, metadata } as DomainEvent;
}

/** Chains dealt into one log, each keeping its own order. */
function interleave(chains: readonly EventDraft[][], choices: readonly number[]): DomainEvent[] {
  const left = chains.map((drafts) => [...drafts]);
  const log: EventDraft[] = [];
  for (let step = 0; left.some((drafts) => drafts.length > 0); step++) {
    const open = left.filter((drafts) => drafts.length > 0);
    const next = open[(choices[step % choices.length] ?? 0) % open.length]?.shift();
    if (next) log.push(next);
  }
  return log.map(placed);
}

async function rowsAfter(batches: readonly (readonly DomainEvent[])[]): Promise<unknown> {
  await pool.query(
    `with d as (delete from pushledger.due_pushes), n as (delete from pushledger.notifications),
          w as (delete from pushledger.notification_windows), e as (delete from pushledger.enriched_pushes)
     delete from pushledger.due_refreshes`,
  );
  for (const batch of batches) await inTransaction(pool, (transaction) => record(transaction, batch));
  const rows = async (table: string, order: string) =>
    (await pool.query<object>(`select * from pushledger.${table} order by ${order}`)).rows;
  return {
    due: await rows('due_pushes', 'push_id'),
    notifications: await rows('notifications', 'planned_position'),
    windows: await rows('notification_windows', 'room, repository'),
    enriched: await rows('enriched_pushes', 'push_id'),
    refreshes: await rows('due_refreshes', 'message_id'),
  };
}

function cut<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  const batches: T[][] = [];
  for (let at = 0, step = 0; at < list.length; step++) {
    const length = lengths[step % lengths.length] ?? 1;
    batches.push(list.slice(at, at + length));
    at += length;
  }
  return batches;
}

const fates = fc.array(fc.constantFrom(...(Object.keys(chains) as Fate[])), { minLength: 1, maxLength: 8 });

describe("the notifier's tables", () => {
  it('are the same however the log was cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fates,
        fc.array(fc.nat(10), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
        async (chosen, choices, lengths) => {
          const log = interleave(chosen.map(chain), choices);
          const whole = await rowsAfter([log]);
          expect(await rowsAfter(cut(log, lengths))).toEqual(whole);
          expect(await rowsAfter(cut(log, [1]))).toEqual(whole);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('say of each push what became of it', async () => {
    for (const [fate, due, notifications] of [
      ['due', 1, []],
      ['planned', 0, [{ state: 'planned', attempts: 0, failures: 0, remote_id: null, reason: null }]],
      ['sent', 0, [{ state: 'sent', attempts: 2, remote_id: '$event' }]],
      ['parked', 0, [{ state: 'parked', attempts: 3, failures: 1, reason: 'no 0' }]],
      ['parked twice', 0, [{ state: 'parked', attempts: 4, failures: 2, reason: 'no 1' }]],
      ['parked, retried', 0, [{ state: 'planned', attempts: 3, failures: 1, reason: 'no 0' }]],
      ['parked, retried, parked', 0, [{ state: 'parked', attempts: 4, failures: 2, reason: 'no 1' }]],
      ['parked, then sent', 0, [{ state: 'sent', attempts: 2, failures: 1 }]],
      ['sent, then parked', 0, [{ state: 'sent', attempts: 2, failures: 1 }]],
      ['in one of two rooms', 1, [{ state: 'planned', room: '!room' }]],
      ['in two rooms', 0, [{ room: '!room' }, { room: '!other' }]],
      ['edited', 0, [{ state: 'sent' }, { state: 'sent', version: 2 }]],
      [
        'edited again after a parked edit',
        0,
        [{ state: 'sent' }, { state: 'superseded', failures: 1 }, { state: 'sent', version: 3 }],
      ],
      ['begun twice by two leaders', 0, [{ state: 'planned' }, { state: 'superseded' }]],
      ['named by two messages', 0, [{ state: 'planned' }, { state: 'superseded' }, { state: 'planned' }]],
    ] as const) {
      const rows = await rowsAfter([chain(fate).map(placed)]);
      expect(rows, fate).toMatchObject({ due: { length: due }, notifications });
    }
  });

  it('are not even touched for a push that was planned in the same batch', () => {
    expect(fold(chain('sent').map(placed), new Map()).due.size).toBe(0);
  });

  it('keep the rooms that are left, by the first plan that named the push', async () => {
    expect(await rowsAfter([chain('in one of two rooms').map(placed)])).toMatchObject({
      due: [{ rooms: ['!other'] }],
    });
    expect(await rowsAfter([chain('due').map(placed)])).toMatchObject({ due: [{ rooms: null }] });
  });

  it('say which messages leave out what is known', async () => {
    for (const [fate, count] of [
      ['enriched after its message', 1],
      ['enriched before its message, which did not know of it', 1],
      ['edited again after a parked edit', 0],
      ['sent', 0],
    ] as const) {
      expect(await rowsAfter([chain(fate).map(placed)]), fate).toMatchObject({
        refreshes: { length: count },
      });
    }
  });

  it('give a push that a void plan named to whoever names it then', async () => {
    const [one, two, first, stale, again] = chain('named by two messages').map(placed);
    const until = async (...events: (DomainEvent | undefined)[]) =>
      rowsAfter([events.filter((event) => event !== undefined)]);
    expect(await until(one, two, first, stale)).toMatchObject({
      due: [{ push_id: two?.metadata.$correlationId }],
    });
    expect(await until(one, two, first, stale, again)).toMatchObject({ due: [] });
  });

  it('know nothing of an ignored push', async () => {
    expect(await rowsAfter([chain('ignored').map(placed)])).toMatchObject({ due: [], notifications: [] });
  });
});
