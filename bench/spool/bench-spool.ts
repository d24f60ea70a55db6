import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Pool } from 'pg';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import type { DeliveryId } from '../../src/events/ids.ts';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import { recordSpooled } from '../../src/ingest/record-spooled.ts';
import { createDrainer } from '../../src/ingest/spool/drainer.ts';
import type { SpooledDelivery } from '../../src/ingest/spool/entry.ts';
import { openSpool, type Spool } from '../../src/ingest/spool/spool.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';

const writeMs = 4_000;
const writers = [1, 64];
const drained = 10_000;
/** As many repositories as push, in turn; one is the worst case, as its pushes go one after another. */
const drains = [40, 1];
const logger = createLogger('warn', process.stderr);
const understanding = { instance: 'bench', owner: null, ignore: ignoreNothing };
const fixture = readFileSync(new URL('../../test/fixtures/push-force-rewrite.json', import.meta.url), 'utf8');

/** Durable writes a second into the spool, and how long 10,000 pushes take from there into the event store. */
export async function benchSpool(): Promise<void> {
  const writes = [];
  for (const concurrent of writers) writes.push(await withSpool((spool) => measureWrites(spool, concurrent)));
  const drain: Awaited<ReturnType<typeof measureDrain>>[] = [];
  for (const repositories of drains) {
    await withPostgres((url) =>
      withStore(url, (store, pool) =>
        withSpool(async (spool) => {
          drain.push(await measureDrain(spool, store, pool, repositories));
        }),
      ),
    );
  }
  const [alone, together] = writes;
  process.stdout.write(`spool, bodies of ${Buffer.byteLength(fixture)} bytes\n`);
  for (const { concurrent, perSecond, p50, p99 } of writes) {
    const rate = `${perSecond.toFixed(0).padStart(6)} writes/s`;
    process.stdout.write(
      `  ${String(concurrent).padStart(2)} at a time  ${rate}   p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms\n`,
    );
  }
  const ratio = (together?.perSecond ?? 0) / (alone?.perSecond ?? 1);
  process.stdout.write(`  ratio ${ratio.toFixed(1)}: one fsync for all that wait\n`);
  for (const { repositories, seconds, directSeconds } of drain) {
    process.stdout.write(
      `  ${drained} pushes of ${String(repositories).padStart(2)} repositories: store back to spool empty ${seconds.toFixed(1)} s` +
        `   (straight into the store ${directSeconds.toFixed(1)} s)\n`,
    );
  }
  writeResult('spool', { writes, ratio, drain });
}

async function measureWrites(spool: Spool, concurrent: number) {
  const latencies: number[] = [];
  // Other deliveries of the same bytes: to compress them is not the spool's work.
  const template = numbered(0, 1);
  const another = () => ({
    ...template,
    delivery: { ...template.delivery, deliveryId: randomUUID() as DeliveryId },
  });
  const begin = performance.now();
  const writer = async () => {
    while (performance.now() - begin < writeMs) {
      const entry = another();
      const started = performance.now();
      await spool.put(entry);
      latencies.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: concurrent }, writer));
  const perSecond = latencies.length / ((performance.now() - begin) / 1_000);
  const { pending } = spool.status();
  if (pending !== latencies.length) throw new Error(`${latencies.length} were written, ${pending} are there`);
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) => latencies[Math.floor((latencies.length - 1) * q)] ?? 0;
  return { concurrent, perSecond, p50: quantile(0.5), p99: quantile(0.99) };
}

async function measureDrain(spool: Spool, store: EventStore, pool: Pool, repositories: number) {
  const record = ({ delivery }: SpooledDelivery) => recordSpooled({ store, clock }, understanding, delivery);
  const direct = Array.from({ length: drained }, (_, number) => numbered(number, repositories));
  const directBegin = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(32, repositories) }, async (_, first) => {
      for (let at = first; at < drained; at += Math.min(32, repositories)) {
        const entry = direct[at];
        if (entry) await record(entry);
      }
    }),
  );
  const directSeconds = (performance.now() - directBegin) / 1_000;
  // As autovacuum does within a minute: until then the appends' plan is that of an empty table and scans it whole.
  await pool.query('analyze pushledger.events');

  const entries = Array.from({ length: drained }, (_, number) => numbered(number, repositories));
  await Promise.all(entries.map((entry) => spool.put(entry)));
  const drainer = createDrainer({
    spool,
    record: (delivery) => recordSpooled({ store, clock }, understanding, delivery),
    clock,
    logger,
  });
  const stop = new AbortController();
  const begin = performance.now();
  const running = drainer.run(stop.signal);
  while (spool.status().pending !== 0) await clock.sleep(5);
  const seconds = (performance.now() - begin) / 1_000;
  stop.abort();
  await running;
  await expectStored(pool, entries);
  return { repositories, pushes: drained, seconds, directSeconds };
}

/** Each once, and those of a repository in the order in which they were spooled. */
async function expectStored(pool: Pool, entries: readonly SpooledDelivery[]): Promise<void> {
  const { rows } = await pool.query<{ event_id: string }>(
    `select event_id from pushledger.events where event_id = any($1::uuid[]) order by position`,
    [entries.map(({ delivery }) => delivery.deliveryId)],
  );
  if (rows.length !== entries.length) throw new Error(`${rows.length} of ${entries.length} are stored`);
  const place = new Map(rows.map(({ event_id: id }, index) => [id, index]));
  const last = new Map<string, number>();
  for (const { repository, delivery } of entries) {
    const at = place.get(delivery.deliveryId) ?? -1;
    if (at <= (last.get(repository.key) ?? -1)) throw new Error(`${delivery.deliveryId} is out of order`);
    last.set(repository.key, at);
  }
}

function numbered(number: number, repositories: number): SpooledDelivery {
  const body = JSON.parse(fixture) as { repository: object };
  const deliveryId = randomUUID() as DeliveryId;
  const id = 1 + (number % repositories);
  const after = createHash('sha1').update(deliveryId).digest('hex');
  const signed = Buffer.from(
    JSON.stringify({ ...body, after, repository: { ...body.repository, id } }, null, 2),
  );
  const digest = createHash('sha256').update(signed).digest('hex');
  return {
    repository: { key: String(id), fullName: null },
    delivery: {
      deliveryId,
      event: 'push',
      receivedAt: new Date(),
      proof: {
        digest,
        size: signed.length,
        stored: true,
        contentType: 'json',
        signature: digest,
        secret: 'bench',
      },
      compressed: gzipSync(signed),
      timings: {},
    },
  };
}

async function withStore(
  databaseUrl: string,
  work: (store: EventStore, pool: Pool) => Promise<void>,
): Promise<void> {
  const pool = createPool(databaseUrl, 'bench', logger);
  await migrate(databaseUrl);
  const store = createPostgresEventStore({ databaseUrl, pool, clock, logger });
  try {
    await work(store, pool);
  } finally {
    await store.close();
    await pool.end();
  }
}

async function withSpool<T>(work: (spool: Spool) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'pushledger-bench-'));
  const spool = openSpool({ path: join(directory, 'spool.db'), maxBytes: 1024 ** 4, clock, logger });
  try {
    return await work(spool);
  } finally {
    spool.close();
    rmSync(directory, { recursive: true });
  }
}
