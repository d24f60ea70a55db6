import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import pino from 'pino';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { allProjections } from '../../src/projections/all.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { encodedPush } from './pushes.ts';

const perSecond = 500;
const warmUpSeconds = 2;
const seconds = 10;
/** How often it is looked which rows are there: no figure is better than that. */
const lookEveryMs = 2;
const goalMs = 200;

interface Appended {
  readonly position: bigint;
  /** When the append was answered. */
  readonly at: number;
}

/** What was committed when it was looked: a position by projection. */
interface Look {
  readonly at: number;
  readonly positions: ReadonlyMap<string, bigint>;
}

interface Lag {
  readonly projection: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * How long after the answer to an append the rows of a push can be read, at a steady rate and with the projections in
 * a process of their own. A checkpoint moves in the transaction that writes the rows, so where it stands is what can
 * be read.
 */
export async function benchLag(): Promise<void> {
  await withPostgres(async (databaseUrl) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pushledger-bench-lag-'));
    const script = fileURLToPath(new URL('projector.ts', import.meta.url));
    const projector = spawn(process.execPath, [script, databaseUrl, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(projector.stdout, 'data');
      const measured = await measure(databaseUrl);
      process.stdout.write(
        `lag at ${perSecond} pushes/s for ${seconds} s, appended at ${measured.rate.toFixed(0)}/s\n`,
      );
      for (const lag of measured.lags) process.stdout.write(`  ${line(lag)}\n`);
      const [slowest] = measured.lags.toSorted((one, other) => other.p95 - one.p95);
      process.stdout.write(
        `  p95 of the slowest: ${slowest?.p95.toFixed(1)} ms, to reach: below ${goalMs} ms\n`,
      );
      writeResult('lag', { perSecond, seconds, goalMs, ...measured });
    } finally {
      projector.kill('SIGTERM');
      await once(projector, 'exit');
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}

async function measure(databaseUrl: string): Promise<{ rate: number; lags: Lag[] }> {
  const logger = pino({ level: 'warn' }, pino.destination(2));
  const pool = createPool(databaseUrl, 'bench', logger);
  const store = createPostgresEventStore({ databaseUrl, pool, clock: systemClock, logger });
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const looks: Look[] = [];
  let appending = true;
  let last = 0n;
  const looking = (async () => {
    for (;;) {
      const look = await lookOnce(client);
      looks.push(look);
      const positions = allProjections.map(({ name }) => look.positions.get(name) ?? 0n);
      if (!appending && positions.every((position) => position >= last)) return;
      await pause(lookEveryMs);
    }
  })();
  try {
    await append(store.append, 0, warmUpSeconds);
    const started = performance.now();
    const appended = await append(store.append, perSecond * warmUpSeconds, seconds);
    const rate = (appended.length * 1_000) / (performance.now() - started);
    last = appended.reduce((most, { position }) => (position > most ? position : most), 0n);
    appending = false;
    await looking;
    await expectRows(client, perSecond * (warmUpSeconds + seconds));
    return { rate, lags: allProjections.map(({ name }) => lagOf(name, appended, looks)) };
  } finally {
    await client.end();
    await store.close();
    await pool.end();
  }
}

type Append = ReturnType<typeof createPostgresEventStore>['append'];

/** One by one at the rate, whatever the answers do. */
async function append(to: Append, from: number, forSeconds: number): Promise<Appended[]> {
  const started = performance.now();
  const answers: Promise<Appended>[] = [];
  for (let index = 0; index < perSecond * forSeconds; index++) {
    const early = started + (index * 1_000) / perSecond - performance.now();
    if (early > 0) await pause(early);
    answers.push(
      to(encodedPush(from + index)).then((outcome) => {
        if (outcome.outcome !== 'stored') throw new Error(`a push was not stored: ${outcome.outcome}`);
        return { position: outcome.position, at: performance.now() };
      }),
    );
  }
  return Promise.all(answers);
}

async function lookOnce(client: pg.Client): Promise<Look> {
  const { rows } = await client.query<{ name: string; position: string }>(
    'select name, position from pushledger.checkpoints',
  );
  return {
    at: performance.now(),
    positions: new Map(rows.map(({ name, position }) => [name, BigInt(position)])),
  };
}

function lagOf(projection: string, appended: readonly Appended[], looks: readonly Look[]): Lag {
  let next = 0;
  const lags = appended
    .toSorted((one, other) => Number(one.position - other.position))
    .map(({ position, at }) => {
      while ((looks[next]?.positions.get(projection) ?? 0n) < position) {
        next++;
        if (next >= looks.length) throw new Error(`${projection} did not get to position ${position}`);
      }
      return Math.max(0, (looks[next]?.at ?? 0) - at);
    })
    .sort((one, other) => one - other);
  const quantile = (part: number) => lags[Math.min(lags.length - 1, Math.floor(lags.length * part))] ?? 0;
  return { projection, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: quantile(1) };
}

async function expectRows(client: pg.Client, count: number): Promise<void> {
  const { rows } = await client.query(
    `select (select count(*)::int from data_factory.runs) as runs,
            (select sum(run_count)::int from data_factory.nodes) as counted,
            (select count(*)::int from pushledger.pushes) as pushes,
            (select count(*)::int from call_monitor.calls) as calls`,
  );
  const expected = { runs: count, counted: count, pushes: count, calls: 3 * count };
  if (JSON.stringify(rows[0]) !== JSON.stringify(expected))
    throw new Error(`wrong rows: ${JSON.stringify(rows[0])}`);
}

function line({ projection, p50, p95, p99, max }: Lag): string {
  const ms = (value: number) => `${value.toFixed(1).padStart(7)} ms`;
  return `${projection.padEnd(14)} p50 ${ms(p50)}   p95 ${ms(p95)}   p99 ${ms(p99)}   max ${ms(max)}`;
}
