import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainEvent, EventDraft } from '../../src/events/event.ts';
import type { Position, PushId } from '../../src/events/ids.ts';
import { decide } from '../../src/notifier/decide.ts';
import { failedDraft, plannedDraft, sentDraft } from '../../src/notifier/drafts.ts';
import { fold } from '../../src/notifier/fold.ts';
import { record } from '../../src/notifier/record.ts';
import type { PlannedMessage } from '../../src/notifier/state.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { push, pushDraft } from './support/facts.ts';
import { createLedger, type Ledger } from './support/harness.ts';

let ledger: Ledger;
let pool: Pool;
beforeAll(async () => {
  ledger = await createLedger();
  ({ pool } = ledger);
});
afterAll(() => ledger.close());

const start = new Date('2026-03-01T12:00:00Z');

type Fate =
  | 'ignored'
  | 'due'
  | 'planned'
  | 'sent'
  | 'parked'
  | 'parked twice'
  | 'parked, then sent'
  | 'sent, then parked';

/** The events of one push, in their order. */
function chain(fate: Fate): EventDraft[] {
  const fact = push({
    pushId: randomUUID() as PushId,
    receivedAt: start.toISOString(),
    ignored: fate === 'ignored' ? 'bot' : null,
  });
  const received = pushDraft(fact);
  const [message] = decide([fact], { room: '!room', now: start, maxAgeMs: 1 });
  if (!message || fate === 'due' || fate === 'ignored') return [received];
  const planned = plannedDraft(message, received.id, start);
  const sending: PlannedMessage = { ...message, ...planned.data, plannedAt: start, failures: 0 };
  const sent = sentDraft(sending, { remoteId: '$event\0', attempts: 2, startedAt: start, sentAt: start });
  const failed = (failures: number) =>
    failedDraft(
      { ...sending, failures },
      { reason: `no\0 ${failures}`, attempts: failures + 3, failedAt: start },
    );
  switch (fate) {
    case 'planned':
      return [received, planned];
    case 'sent':
      return [received, planned, sent];
    case 'parked':
      return [received, planned, failed(0)];
    case 'parked twice':
      return [received, planned, failed(0), failed(1)];
    case 'parked, then sent':
      return [received, planned, failed(0), sent];
    case 'sent, then parked':
      return [received, planned, sent, failed(0)];
  }
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
  await pool.query('truncate pushledger.due_pushes, pushledger.notifications');
  for (const batch of batches) await inTransaction(pool, (transaction) => record(transaction, batch));
  const due = await pool.query('select * from pushledger.due_pushes order by push_id');
  const notifications = await pool.query(
    'select * from pushledger.notifications order by message_id, version',
  );
  return { due: due.rows, notifications: notifications.rows };
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

const fates = fc.array(
  fc.constantFrom<Fate>(
    'ignored',
    'due',
    'planned',
    'sent',
    'parked',
    'parked twice',
    'parked, then sent',
    'sent, then parked',
  ),
  { minLength: 1, maxLength: 8 },
);

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
      { numRuns: 40 },
    );
  });

  it('say of each push what became of it', async () => {
    for (const [fate, due, notifications] of [
      ['due', 1, []],
      ['planned', 0, [{ state: 'planned', attempts: 0, failures: 0, remote_id: null, reason: null }]],
      ['sent', 0, [{ state: 'sent', attempts: 2, remote_id: '$event' }]],
      ['parked', 0, [{ state: 'parked', attempts: 3, failures: 1, reason: 'no 0' }]],
      ['parked twice', 0, [{ state: 'parked', attempts: 4, failures: 2, reason: 'no 1' }]],
      ['parked, then sent', 0, [{ state: 'sent', attempts: 2, failures: 1 }]],
      ['sent, then parked', 0, [{ state: 'sent', attempts: 2, failures: 1 }]],
    ] as const) {
      const rows = await rowsAfter([chain(fate).map(placed)]);
      expect(rows, fate).toMatchObject({ due: { length: due }, notifications });
    }
  });

  it('are not even touched for a push that was planned in the same batch', () => {
    expect(fold(chain('sent').map(placed)).due.size).toBe(0);
  });

  it('know nothing of an ignored push', async () => {
    expect(await rowsAfter([chain('ignored').map(placed)])).toEqual({ due: [], notifications: [] });
  });
});
