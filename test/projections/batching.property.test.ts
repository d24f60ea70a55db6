import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { decodeEvent, encodeEvent, type StoredEvent } from '../../src/events/codec.ts';
import type { EventDraft } from '../../src/events/event.ts';
import type { Position } from '../../src/events/ids.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { allProjections } from '../../src/projections/all.ts';
import { putChanges } from '../../src/projections/put-rows.ts';
import { livePlace } from '../../src/projections/table.ts';
import { createDatabase, type TestDatabase, testPool } from '../support/database.ts';
import {
  confirmedDraft,
  enrichedDraft,
  failedDraft,
  pushDraft,
  redeliveredDraft,
  sentDraft,
  triggeredDraft,
  triggerFailedDraft,
} from './support/facts.ts';
import { projectedTables, type Rows, readRows } from './support/projected-log.ts';

const longest = 30;
let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.url);
  pool = testPool(database.url);
});
afterEach(() => empty());
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const empty = () => pool.query(`truncate ${projectedTables.map(livePlace).join(', ')} cascade`);

/** What may stand in the log, with the pushes that came before it. */
const push = fc
  .record({
    repositoryId: fc.integer({ min: 1, max: 4 }),
    fullName: fc.constantFrom('acme/widgets', 'acme/gadgets', 'other/widgets'),
    instance: fc.constantFrom('gitea.test', 'forgejo.test'),
    owner: fc.constantFrom('acme', null),
    ignored: fc.constantFrom(undefined, 'pusher gitea-actions'),
    // Times of several writers do not follow the log.
    early: fc.integer({ min: 0, max: 20 }),
  })
  .map((options) => ({ kind: 'push' as const, options }));
const ofPush = <Kind extends string>(kind: Kind) =>
  fc.record({
    kind: fc.constant(kind),
    nth: fc.nat({ max: longest }),
    attempts: fc.integer({ min: 1, max: 3 }),
  });
const fact = fc.oneof(
  { weight: 4, arbitrary: push },
  ofPush('redelivered'),
  ofPush('confirmed'),
  ofPush('enriched'),
  ofPush('sent'),
  ofPush('failed'),
  ofPush('triggered'),
  ofPush('trigger failed'),
  fc.record({ kind: fc.constant('of a newer version' as const) }),
);
type Fact = typeof fact extends fc.Arbitrary<infer T> ? T : never;

function logOf(facts: readonly Fact[]): StoredEvent[] {
  const pushes: EventDraft<'PushReceived'>[] = [];
  const events: StoredEvent[] = [];
  for (const [index, one] of facts.entries()) {
    const position = BigInt(index + 1) as Position;
    const known = pushes.map(({ data }) => data.pushId);
    if (one.kind === 'push') {
      const { ignored, early, ...options } = one.options;
      const made = pushDraft({ ...options, ...(ignored && { ignored }), position: index + 1 });
      const receivedAt = new Date(Date.parse(made.data.receivedAt) - early * 1_000).toISOString();
      const draft = { ...made, data: { ...made.data, receivedAt } };
      pushes.push(draft);
      events.push({ ...encodeEvent(draft), position });
      continue;
    }
    if (one.kind === 'of a newer version') {
      events.push({ ...encodeEvent(pushDraft({ position: index + 1 })), type: 'PushTeleported', position });
      continue;
    }
    if (one.kind === 'triggered' || one.kind === 'trigger failed') {
      const push = pushes[one.nth % Math.max(1, pushes.length)]?.data;
      if (!push) continue;
      const draft =
        one.kind === 'triggered'
          ? triggeredDraft(push, one.attempts)
          : triggerFailedDraft(push, one.attempts);
      // Each has a stream of its own, which holds one event.
      if (events.some(({ stream }) => stream === draft.stream)) continue;
      events.push({ ...encodeEvent(draft), position });
      continue;
    }
    const pushId = known[one.nth % Math.max(1, known.length)];
    if (pushId === undefined) continue;
    const encoded = encodeEvent(draftOf(one, pushId, known));
    // One stream, one event: Gitea tells of a push once.
    if (!events.some(({ stream }) => stream === encoded.stream)) events.push({ ...encoded, position });
  }
  return events;
}

function draftOf(
  { kind, attempts }: Exclude<Fact, { kind: 'push' | 'triggered' | 'trigger failed' | 'of a newer version' }>,
  pushId: EventDraft<'PushReceived'>['data']['pushId'],
  known: readonly EventDraft<'PushReceived'>['data']['pushId'][],
): EventDraft {
  switch (kind) {
    case 'redelivered':
      return redeliveredDraft(pushId);
    case 'confirmed':
      return confirmedDraft(pushId);
    case 'enriched':
      return enrichedDraft(pushId, attempts - 1);
    case 'sent':
      return sentDraft([...new Set([pushId, ...known.slice(0, attempts)])], attempts);
    case 'failed':
      return failedDraft([pushId]);
  }
}

async function project(events: readonly StoredEvent[]): Promise<void> {
  const decoded = events.map(decodeEvent).filter((event) => event !== null);
  for (const projection of allProjections) {
    await inTransaction(pool, async (transaction) => {
      const state = await projection.load(transaction, livePlace, decoded);
      await putChanges(transaction, livePlace, projection.fold(state, decoded));
    });
  }
}

async function rowsOfBatches(events: readonly StoredEvent[], sizes: readonly number[]): Promise<Rows> {
  await empty();
  for (let from = 0, cut = 0; from < events.length; cut++) {
    const size = sizes[cut % sizes.length] ?? 1;
    await project(events.slice(from, from + size));
    from += size;
  }
  return readRows(pool);
}

test('all three projections give the same rows however the log is cut into batches', async () => {
  const facts = fc.array(fact, { minLength: 1, maxLength: longest, size: 'max' });
  const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 12 });
  let pushes = 0;
  await fc.assert(
    fc.asyncProperty(facts, cuts, async (log, sizes) => {
      const events = logOf(log);
      const atOnce = await rowsOfBatches(events, [longest]);
      expect(await rowsOfBatches(events, sizes)).toEqual(atOnce);
      expect(await rowsOfBatches(events, [1])).toEqual(atOnce);
      pushes += atOnce['pushledger.pushes']?.length ?? 0;
      const runs = atOnce['data_factory.runs']?.filter((row) => !row.includes(',api,'));
      expect(atOnce['pushledger.pushes']).toHaveLength(runs?.length ?? -1);
    }),
    { numRuns: 25 },
  );
  expect(pushes).toBeGreaterThan(25);
});
