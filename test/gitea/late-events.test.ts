import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeEvent } from '../../src/events/codec.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { record as recordDue, recordedTypes } from '../../src/gitea/enrichment/record.ts';
import { lateEnricher } from '../../src/gitea/enrichment/take-late.ts';
import { createRecoverySubscriber } from '../../src/gitea/recovery/recovery-subscriber.ts';
import { lateRecovery } from '../../src/gitea/recovery/take-late.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { type LogIdentity, loadCheckpoint } from '../../src/subscription/checkpoint.ts';
import { openLedger } from '../../src/subscription/ledger.ts';
import { listParked, skipParked } from '../../src/subscription/parking.ts';
import { type LateTaker, retryParked } from '../../src/subscription/retry-parked.ts';
import type { Subscriber } from '../../src/subscription/subscriber.ts';
import { takePage } from '../../src/subscription/take-page.ts';
import { createPostgresLog, type PostgresLog, silent } from '../event-store/support/postgres-log.ts';
import { enrichedDraft } from '../projections/support/facts.ts';
import { hastyClock } from '../projections/support/projected-log.ts';
import { pushOf, pushReceived, testDelivery } from '../support/event-drafts.ts';
import { undecodable } from '../support/undecodable.ts';

const instance = 'gitea.test';
const sha = (digit: string) => digit.repeat(40);
let postgres: PostgresLog;
let store: ReturnType<PostgresLog['open']>;
let log: LogIdentity;
beforeEach(async () => {
  postgres = await createPostgresLog();
  store = postgres.open();
  const { ledgerId } = await openLedger(store, hastyClock.now(), instance);
  log = { ledgerId, store: store.kind };
});
afterEach(() => postgres.close());

const append = async (...drafts: EventDraft[]) => {
  for (const draft of drafts) await store.append(encodeEvent(draft));
};
/** Brings the subscriber to the end of the log, while the database refuses what this says. */
async function follow(subscriber: Subscriber, table: string, condition: string): Promise<void> {
  const { pool, admin } = postgres;
  await admin.query(
    `alter table pushledger.${table} add constraint refused check (not (${condition})) not valid`,
  );
  const { position } = await inTransaction(pool, (client) => loadCheckpoint(client, subscriber.name, log));
  const { events } = await store.readPage(position, 100);
  const context = { pool, log, clock: hastyClock, logger: silent, signal: new AbortController().signal };
  await takePage(context, subscriber, position, events);
  await admin.query(`alter table pushledger.${table} drop constraint refused`);
}
const retry = async (taker: LateTaker) =>
  [...(await retryParked({ pool: postgres.pool, store, taker }, 'all')).values()].map(
    ({ outcome }) => outcome,
  );
const parkedTypes = async () => (await listParked(postgres.pool)).map(({ type }) => type);

describe('what recovery gets late', () => {
  const link = (before: string, after: string, minute: number) =>
    pushReceived(pushOf('a change', { before, after, receivedAt: `2026-02-03T04:0${minute}:00.000Z` }));

  test('closes the chain of its ref, as if it had come in its place', async () => {
    await append(link(sha('a'), sha('b'), 1), link(sha('b'), sha('c'), 3), link(sha('c'), sha('d'), 5));
    // Beside them, so that they are taken one by one.
    const bad = undecodable();
    await store.append(bad);
    const ends = `jsonb_path_query_array(state, '$.ends[*].sha')`;
    // The state after the second push is refused, and so is no other.
    await follow(createRecoverySubscriber(instance), 'recovery_refs', `${ends} = '["${sha('c')}"]'`);
    expect(await parkedTypes()).toEqual(['PushReceived', 'PushReceived']);
    await skipParked(postgres.pool, 'recovery', bad.id, new Date());
    const read = async () => {
      const { rows } = await postgres.admin.query<{ ends: string[]; broken: boolean }>(
        `select ${ends} as ends, broken_since is not null as broken from pushledger.recovery_refs`,
      );
      return rows;
    };
    expect(await read()).toEqual([{ ends: [sha('b'), sha('d')], broken: true }]);
    expect(await retry(lateRecovery(instance))).toEqual(['taken']);
    expect(await read()).toEqual([{ ends: [sha('d')], broken: false }]);
    expect((await listParked(postgres.pool)).map(({ eventId }) => eventId)).toEqual([bad.id]);
  });

  test('is refused where it is no push', async () => {
    await append(testDelivery());
    await follow(createRecoverySubscriber(instance), 'recovery_repositories', 'true');
    expect(await parkedTypes()).toEqual(['TestDeliveryReceived']);
    expect(await retry(lateRecovery(instance))).toEqual(['refused']);
    expect(await parkedTypes()).toEqual(['TestDeliveryReceived']);
  });
});

test('a push that the enricher gets late is due, unless its enrichment is in the log', async () => {
  const options = { instance, since: new Date(0) };
  const subscriber: Subscriber = {
    name: 'enricher',
    types: recordedTypes,
    handle: (transaction, events) => recordDue(transaction, events, options),
  };
  const [open, told] = [pushOf('a change'), pushOf('a change', { ref: 'refs/heads/next', branch: 'next' })];
  await append(pushReceived(open), pushReceived(told), enrichedDraft(told.pushId));
  await follow(subscriber, 'due_enrichments', 'true');
  expect(await parkedTypes()).toEqual(['PushReceived', 'PushReceived']);
  expect(await retry(lateEnricher(options))).toEqual(['taken', 'taken']);
  const { rows } = await postgres.admin.query('select push_id from pushledger.due_enrichments');
  expect(rows).toEqual([{ push_id: open.pushId }]);
});
