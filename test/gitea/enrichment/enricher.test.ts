import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/codec.ts';
import { startOfLog, streamOf } from '../../../src/events/ids.ts';
import type { PushReceived } from '../../../src/events/push-received.ts';
import { getVersion } from '../../../src/gitea/api/version.ts';
import { statements } from '../../../src/gitea/enrichment/due.ts';
import { createEnricher } from '../../../src/gitea/enrichment/enricher.ts';
import { PacedGiteaClient } from '../../../src/gitea/enrichment/paced-client.ts';
import { record } from '../../../src/gitea/enrichment/record.ts';
import { inTransaction } from '../../../src/postgres/transaction.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import { openLedger } from '../../../src/subscription/ledger.ts';
import { runSubscriber } from '../../../src/subscription/run-subscriber.ts';
import { createPostgresLog, silent } from '../../event-store/support/postgres-log.ts';
import { until } from '../../support/condition.ts';
import type { GiteaRepository, Pushed } from '../../support/gitea/repository.ts';
import { type GiteaDouble, startGitea } from '../../support/gitea/server.ts';
import { draftOf, type Enrichment, instance, pushOf } from './support/facts.ts';

const start = Date.parse('2026-02-03T04:05:06.789Z');
const dayMs = 86_400_000;

/** Time passes by pauses alone, each of which is over at once. */
function fastClock(): Clock & { passedMs(): number } {
  let now = start;
  return {
    now: () => new Date(now),
    async sleep(ms, signal) {
      await systemClock.sleep(1, signal);
      now += ms;
    },
    passedMs: () => now - start,
  };
}

describe('the enricher', () => {
  let log: Awaited<ReturnType<typeof createPostgresLog>>;
  let store: EventStore;
  let gitea: GiteaDouble;
  let repository: GiteaRepository;
  let running: (() => Promise<void>)[];

  beforeEach(async () => {
    log = await createPostgresLog();
    store = log.open({ pollMs: 20 });
    gitea = await startGitea();
    repository = gitea.world.createRepository('acme', 'widgets');
    repository.push('main', { commits: 2 });
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((stop) => stop()));
    await gitea.close();
    await log.close();
  });

  async function received(pushed: Pushed, change: Partial<PushReceived> = {}): Promise<PushReceived> {
    const push = {
      ...pushOf(repository, pushed, { baseUrl: gitea.url, receivedAt: new Date(start) }),
      ...change,
    };
    await store.append(encodeEvent(draftOf(push)));
    return push;
  }

  async function run(change: { maxAgeMs?: number } = {}) {
    const { ledgerId } = await openLedger(store, new Date(start), instance);
    const stopping = new AbortController();
    const { signal } = stopping;
    const clock = fastClock();
    const pace = { perSecond: 1_000, clock, signal };
    const options = { baseUrl: gitea.url, token: new Secret('good-token'), timeoutMs: 100 };
    const enricher = createEnricher({
      pool: log.pool,
      store,
      client: new PacedGiteaClient(options, pace),
      instance,
      maxAgeMs: change.maxAgeMs ?? 7 * dayMs,
      clock,
      logger: silent,
      // Of the clock's time, of which a pause takes next to none.
      pollMs: 60_000,
    });
    const following = { store, pool: log.pool, log: { ledgerId, store: store.kind }, logger: silent };
    const done = Promise.all([
      runSubscriber({ ...following, subscriber: enricher.subscriber, clock: systemClock, signal }),
      enricher.run(signal),
    ]);
    const stop = async () => {
      stopping.abort(new Error('the test is over'));
      await done;
    };
    running.push(stop);
    return { stop, clock };
  }

  const enrichmentOf = async ({ pushId }: PushReceived): Promise<Enrichment | null> => {
    const [stored] = await store.readStreams([streamOf.enrichment(pushId)]);
    const event = stored && decodeEvent(stored);
    return event?.type === 'PushEnriched' ? event.data : null;
  };
  const enriched = (push: PushReceived) => until('the enrichment', () => enrichmentOf(push));
  const rows = async () =>
    (
      await log.pool.query<{
        push_id: string;
        attempts: number;
        reason: string | null;
        parked_at: Date | null;
      }>('select push_id, attempts, reason, parked_at from pushledger.due_enrichments')
    ).rows;
  const nothingDue = () => until('nothing to be due', async () => (await rows()).length === 0);

  test('writes what Gitea tells of a push to the log, once', async () => {
    const push = await received(repository.push('main', { commits: 12 }));
    await run();
    expect(await enriched(push)).toMatchObject({ pushId: push.pushId, totalCommits: 12, forced: false });
    await nothingDue();
    const { events } = await store.readPage(startOfLog, 100);
    const event = events.filter(({ type }) => type === 'PushEnriched').map(decodeEvent);
    expect(event).toHaveLength(1);
    expect(event[0]?.metadata).toMatchObject({ $correlationId: push.pushId });
    expect(event[0]?.metadata.timings?.enrichMs).toBeGreaterThanOrEqual(0);
  });

  test('follows a repository that was renamed, and not another one that got its name', async () => {
    const push = await received(repository.push('main', { commits: 12 }));
    gitea.world.rename(repository, 'gizmos');
    gitea.world.createRepository('acme', 'widgets').push('main', { commits: 3 });
    await run();
    expect((await enriched(push)).commits.map(({ id }) => id)).toContain(push.after);
  });

  test('with an empty database it folds the log first, and asks about nothing twice', async () => {
    const done = await received(repository.push('main', { commits: 6 }));
    const first = await run();
    await enriched(done);
    await nothingDue();
    await first.stop();
    const open = await received(repository.push('main', { commits: 7 }));
    await log.pool.query('truncate pushledger.due_enrichments, pushledger.checkpoints');
    gitea.requests.length = 0;
    await run();
    await enriched(open);
    await nothingDue();
    expect(
      gitea.requests.some(
        ({ query }) =>
          query.includes(done.after) && query.includes('limit=50') && query.includes(String(done.before)),
      ),
    ).toBe(false);
  });

  test('leaves alone what is too old, what belongs to another server, and what tells all', async () => {
    await received(repository.push('main', { commits: 6 }), {
      receivedAt: new Date(start - 2 * dayMs).toISOString(),
    });
    await received(repository.push('main', { commits: 6 }), { instance: 'other.test' });
    await received(repository.tag('v1'));
    const last = await received(repository.push('main', { commits: 6 }));
    await run({ maxAgeMs: dayMs });
    await enriched(last);
    await nothingDue();
    const { events } = await store.readPage(startOfLog, 100);
    expect(events.filter(({ type }) => type === 'PushEnriched')).toHaveLength(1);
  });

  test.each(['unauthorized', 'too-many', 'html', 'cut'] as const)(
    'while the server answers with %s, all pushes wait and none is given up',
    async (how) => {
      const push = await received(repository.push('main', { commits: 6 }));
      gitea.misbehave(/.*/, how);
      const { clock } = await run();
      await until('an hour to pass', () => clock.passedMs() > 3_600_000);
      expect(await rows()).toMatchObject([{ push_id: push.pushId, attempts: 0, parked_at: null }]);
      expect(await enrichmentOf(push)).toBeNull();
      gitea.behave();
      await enriched(push);
    },
  );

  test('while the server hangs, all pushes wait and none is given up', async () => {
    const push = await received(repository.push('main', { commits: 6 }));
    gitea.misbehave(/.*/, 'hanging', 6);
    await run();
    expect(await enriched(push)).toMatchObject({ totalCommits: 6 });
  });

  test.each(['forbidden', 'not-found', 'server-error', 'hanging'] as const)(
    'a repository that answers with %s holds up no other, is given up in the end, and tried again by the next start',
    async (how) => {
      const push = await received(repository.push('main', { commits: 6 }));
      const other = gitea.world.createRepository('acme', 'gadgets');
      other.push('main');
      const pushed = other.push('main', { commits: 8 });
      const fine = pushOf(other, pushed, { baseUrl: gitea.url, receivedAt: new Date(start - 1_000) });
      await store.append(encodeEvent(draftOf(fine)));
      gitea.misbehave(new RegExp(`/(repos/acme/widgets|repositories/${repository.id}$)`), how);
      const { stop } = await run();
      expect(await enriched(fine)).toMatchObject({ totalCommits: 8 });
      const parked = await until('the push to be given up', async () =>
        (await rows()).find((row) => row.parked_at !== null),
      );
      expect(parked).toMatchObject({ push_id: push.pushId, attempts: 8 });
      expect(parked.reason).not.toBe('');
      await stop();
      gitea.behave();
      await run();
      expect(await enriched(push)).toMatchObject({ totalCommits: 6 });
    },
    30_000,
  );

  test('asks no more often than it may, however many ask at once', async () => {
    const clock = fastClock();
    const { signal } = new AbortController();
    const client = new PacedGiteaClient(
      { baseUrl: gitea.url, token: null },
      { perSecond: 0.5, clock, signal },
    );
    await Promise.all([getVersion(client), getVersion(client), getVersion(client)]);
    await getVersion(client);
    expect(gitea.requests).toHaveLength(4);
    expect(clock.passedMs()).toBeGreaterThanOrEqual(3 * 2_000);
  });

  test('the table is the same however the log is cut', async () => {
    const pushes = [];
    for (let n = 0; n < 4; n++) pushes.push(await received(repository.push('main', { commits: 6 })));
    const { stop } = await run();
    for (const push of pushes.slice(0, 2)) await enriched(push);
    await stop();
    const events = (await store.readPage(startOfLog, 100)).events
      .map(decodeEvent)
      .filter((event) => event !== null);
    const fold = async (size: number) => {
      await log.pool.query('truncate pushledger.due_enrichments');
      for (let from = 0; from < events.length; from += size) {
        await inTransaction(log.pool, (transaction) =>
          record(transaction, events.slice(from, from + size), { instance, since: new Date(0) }),
        );
      }
      return (await rows()).map((row) => row.push_id).sort();
    };
    const atOnce = await fold(100);
    expect(await fold(1)).toEqual(atOnce);
    expect(await fold(3)).toEqual(atOnce);
  });

  test('what is due is read by its index', async () => {
    await log.pool.query(`insert into pushledger.due_enrichments (push_id, received_at)
      select gen_random_uuid(), '2026-01-01'::timestamptz + n * interval '1 second' from generate_series(1, 5000) n`);
    await log.pool.query('analyze pushledger.due_enrichments');
    const values = [new Date('2026-01-01'), new Date(start), [], 20];
    const { rows: plan } = await log.pool.query(`explain ${statements.readDue}`, values);
    const text = JSON.stringify(plan);
    expect(text).toContain('due_enrichments_open');
    expect(text).not.toMatch(/Sort|Seq Scan/);
  });
});
