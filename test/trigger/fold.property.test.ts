import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { decodeEvent, encodeEvent } from '../../src/events/codec.ts';
import type { DomainEvent, EventDraft } from '../../src/events/event.ts';
import { dagRunIdOf, type EventId, type Position } from '../../src/events/ids.ts';
import type { PushReceived } from '../../src/events/push-received.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { dagChooser } from '../../src/trigger/choose-dag.ts';
import { failedDraft, retriedDraft, startedDraft, triggeredDraft } from '../../src/trigger/drafts.ts';
import { record } from '../../src/trigger/record.ts';
import { pushOf, pushReceived } from '../support/event-drafts.ts';
import { createTriggerLog, type TriggerLog } from './support/harness.ts';

const longest = 25;
const at = (second: number) => new Date(Date.UTC(2026, 1, 3, 4, 5, second));
let log: TriggerLog;
beforeAll(async () => {
  log = await createTriggerLog();
});
const empty = () => log.pool.query('truncate pushledger.triggers, pushledger.trigger_start');
afterEach(empty);
afterAll(() => log.close());

const fact = fc.oneof(
  fc.record({
    kind: fc.constant('push' as const),
    repository: fc.constantFrom('acme/widgets', 'acme/quiet', 'wild\u0000\ud800/name'),
    ignored: fc.constantFrom(null, null, 'a bot'),
  }),
  fc.record({
    kind: fc.constantFrom('triggered' as const, 'failed' as const, 'retried' as const),
    nth: fc.nat({ max: longest }),
    said: fc.constantFrom('r-1', 'wild \u0000\ud800 id'),
  }),
);
type Fact = typeof fact extends fc.Arbitrary<infer T> ? T : never;

/** A log in which dag_engine came after so many events. */
function eventsOf(facts: readonly Fact[], startedBehind: number): DomainEvent[] {
  const pushes: PushReceived[] = [];
  const drafts = facts.flatMap((one, index): EventDraft[] => {
    if (one.kind === 'push') {
      const repository = { id: 7, owner: 'acme', name: 'x', fullName: one.repository, url: null };
      const push = pushOf('a change', {
        repository,
        ignored: one.ignored,
        receivedAt: at(index).toISOString(),
      });
      pushes.push(push);
      return [pushReceived(push)];
    }
    const push = pushes[one.nth % Math.max(1, pushes.length)];
    if (!push) return [];
    const trial = {
      push,
      pushEventId: push.pushId as string as EventId,
      dag: 'deploy',
      attempts: 2,
      startedAt: at(index),
    };
    switch (one.kind) {
      case 'triggered': {
        const accepted = { httpStatus: 201, remoteRunId: one.said, remoteUrl: null };
        return [triggeredDraft(trial, accepted, dagRunIdOf(push.pushId), at(index))];
      }
      case 'failed':
        return [failedDraft(trial, one.said, index + 1, at(index))];
      default:
        return [retriedDraft(push.pushId, index + 1, at(index))];
    }
  });
  drafts.splice(Math.min(startedBehind, drafts.length), 0, startedDraft(at(0)));
  return drafts.flatMap((draft, index) => {
    const event = decodeEvent({ ...encodeEvent(draft), position: BigInt(index + 1) as Position });
    return event ? [event] : [];
  });
}

const choose = dagChooser([{ repository: 'acme/quiet', dag: null }], 'gitea_push');

async function rowsOfBatches(events: readonly DomainEvent[], sizes: readonly number[]): Promise<string[]> {
  await empty();
  for (let from = 0, cut = 0; from < events.length; cut++) {
    const size = sizes[cut % sizes.length] ?? 1;
    const batch = events.slice(from, from + size);
    await inTransaction(log.pool, (transaction) => record(transaction, batch, choose));
    from += size;
  }
  const { rows } = await log.pool.query<{ row: string }>(
    `select t::text as row from pushledger.triggers t
     union all select s::text from pushledger.trigger_start s order by 1`,
  );
  return rows.map(({ row }) => row);
}

test('the tables are the same however the log is cut into batches', async () => {
  let states = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fact, { minLength: 1, maxLength: longest, size: 'max' }),
      fc.nat({ max: 3 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 }),
      async (facts, startedBehind, sizes) => {
        const events = eventsOf(facts, startedBehind);
        const atOnce = await rowsOfBatches(events, [longest + 1]);
        expect(await rowsOfBatches(events, sizes)).toEqual(atOnce);
        expect(await rowsOfBatches(events, [1])).toEqual(atOnce);
        states += atOnce.length - 1;
      },
    ),
    { numRuns: 30 },
  );
  expect(states).toBeGreaterThan(30);
});
