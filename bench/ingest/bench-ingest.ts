import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { hookPath } from '../../src/ingest/route.ts';
import { memoryEnv, serviceFlags } from '../support/node-flags.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { line, median, whole } from './figures.ts';
import { measureLimits } from './limits.ts';
import { fixture, type Measured, sendPushes } from './send-pushes.ts';
import { besideWebhook } from './webhook/beside-webhook.ts';

const connections = 64;
const warmUpMs = 2_000;
const measureMs = 6_000;
const rounds = 3;
const deliveriesPerSecond = 6_000;
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/**
 * Durable pushes a second over real HTTP at 64 connections, beside the same route without the append, and beside
 * adnanh/webhook with psql where that is installed. All in turn in one run, as this machine's speed drifts; the figures
 * are the medians of the rounds' ratios.
 */
export async function benchIngest(): Promise<void> {
  await withPostgres(async (databaseUrl) => {
    const pairs: { append: Measured; noAppend: Measured }[] = [];
    const webhook = await besideWebhook(databaseUrl);
    let accepted = 0;
    for (let round = 0; round < rounds; round++) {
      const noAppend = await measure(databaseUrl, 'no-append');
      const append = await measure(databaseUrl, 'append');
      accepted += append.total;
      pairs.push({ append: append.measured, noAppend: noAppend.measured });
      await webhook.measure(append.measured.perSecond);
    }
    const stored = await countPushes(databaseUrl);
    if (stored !== accepted) throw new Error(`${accepted} pushes were accepted, but ${stored} are stored`);
    const ratio = median(pairs.map(({ append, noAppend }) => append.perSecond / noAppend.perSecond));
    const limits = await measureLimits(databaseUrl);
    process.stdout.write(`ingest, ${connections} connections, body of ${Buffer.byteLength(fixture)} bytes\n`);
    for (const { append, noAppend } of pairs) {
      process.stdout.write(`  durable    ${line(append)}\n  no append  ${line(noAppend)}\n`);
    }
    process.stdout.write(
      `  ratio ${ratio.toFixed(2)} (median of ${rounds}); all ${stored} accepted pushes stored\n`,
    );
    const besides = await webhook.report();
    process.stdout.write(
      `  limits: ${whole(limits.fsyncs)} fsyncs/s; one connection with unnest ${whole(limits.unnest)} events/s, with COPY ${whole(limits.copy)}\n`,
    );
    writeResult('ingest', { connections, pairs, ratio, stored, webhook: besides, limits });
  });
}

async function measure(databaseUrl: string, mode: string): Promise<{ measured: Measured; total: number }> {
  const secret = randomBytes(16).toString('hex');
  const log = openSync('/dev/null', 'w');
  const server = spawn(process.execPath, [...serviceFlags, pathOf('server.ts'), databaseUrl, mode, secret], {
    stdio: ['ignore', 'pipe', log],
    env: { ...process.env, ...memoryEnv },
  });
  try {
    const url = `${await firstLine(server)}${hookPath}`;
    const warmUp = await sendPushes(url, secret, { connections, deliveriesPerSecond, ms: warmUpMs });
    const measured = await sendPushes(url, secret, { connections, deliveriesPerSecond, ms: measureMs });
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

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the server has no output');
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`the server ended with status ${status} before it was ready`);
  });
  const [chunk] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
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
