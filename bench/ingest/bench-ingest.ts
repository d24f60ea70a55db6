import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { hookPath } from '../../src/ingest/route.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly statuses: Readonly<Record<string, number>>;
}

const connections = 64;
const warmUpMs = 2_000;
const measureMs = 6_000;
const rounds = 3;
/** More than any machine takes in that time; made before the clock runs. */
const deliveriesPerSecond = 6_000;
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const fixture = readFileSync(pathOf('../../test/fixtures/push-force-rewrite.json'), 'utf8');

/**
 * Durable pushes a second over real HTTP at 64 connections, beside the same route without the append. Both in turn
 * in one run, as this machine's speed drifts; the figure is the median of the pairs' ratios.
 */
export async function benchIngest(): Promise<void> {
  await withPostgres(async (databaseUrl) => {
    const pairs: { append: Measured; noAppend: Measured }[] = [];
    let accepted = 0;
    for (let round = 0; round < rounds; round++) {
      const noAppend = await measure(databaseUrl, 'no-append');
      const append = await measure(databaseUrl, 'append');
      accepted += append.total;
      pairs.push({ append: append.measured, noAppend: noAppend.measured });
    }
    const stored = await countPushes(databaseUrl);
    if (stored !== accepted) throw new Error(`${accepted} pushes were accepted, but ${stored} are stored`);
    const ratios = pairs
      .map(({ append, noAppend }) => append.perSecond / noAppend.perSecond)
      .sort((a, b) => a - b);
    const ratio = ratios[Math.floor(rounds / 2)] ?? 0;
    process.stdout.write(`ingest, ${connections} connections, body of ${Buffer.byteLength(fixture)} bytes\n`);
    for (const { append, noAppend } of pairs) {
      process.stdout.write(`  durable    ${line(append)}\n  no append  ${line(noAppend)}\n`);
    }
    process.stdout.write(
      `  ratio ${ratio.toFixed(2)} (median of ${rounds}); all ${stored} accepted pushes stored\n`,
    );
    writeResult('ingest', { connections, pairs, ratio, stored });
  });
}

async function measure(databaseUrl: string, mode: string): Promise<{ measured: Measured; total: number }> {
  const secret = randomBytes(16).toString('hex');
  const log = openSync('/dev/null', 'w');
  const server = spawn(process.execPath, [pathOf('server.ts'), databaseUrl, mode, secret], {
    stdio: ['ignore', 'pipe', log],
  });
  try {
    const url = `${await firstLine(server)}${hookPath}`;
    const warmUp = await load(url, secret, warmUpMs);
    const measured = await load(url, secret, measureMs);
    const total = (warmUp.statuses['200'] ?? 0) + (measured.statuses['200'] ?? 0);
    if (Object.keys(measured.statuses).some((status) => status !== '200')) {
      throw new Error(`not every push was accepted: ${JSON.stringify(measured.statuses)}`);
    }
    return { measured, total };
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

/** The delivery of each run goes to commits of its own, so that none is a duplicate of another run's. */
async function load(url: string, secret: string, ms: number): Promise<Measured> {
  const { after, ...push } = JSON.parse(fixture) as { after: string };
  const body = JSON.stringify({ ...push, after: `${randomBytes(8).toString('hex')}${after.slice(16)}` });
  const deliveries = Math.round((deliveriesPerSecond * ms) / 1_000);
  const args = [pathOf('load.ts'), url, secret, connections, ms, deliveries, body].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measured;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the server has no output');
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return chunk.toString().trim();
}

async function countPushes(databaseUrl: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from pushledger.events where type = 'PushReceived'`,
  );
  await client.end();
  return rows[0]?.count ?? 0;
}

function line({ perSecond, p50, p99 }: Measured): string {
  return `${perSecond.toFixed(0).padStart(6)} pushes/s   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms`;
}
