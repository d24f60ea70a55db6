import { mkdtemp } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { createPool } from '../../src/postgres/pool.ts';
import type { Limits } from '../../test/e2e/support/synapse-config.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { type Quantiles, quantilesOf } from './figures.ts';
import { type Load, type Measured, measure } from './measure.ts';
import { type Setting, withSetting } from './setting.ts';

const load: Load = { perSecond: 5, seconds: 60, repositories: 50 };
const goalMs = 250;
/** Messages that somebody sends by one request each, to see what the homeserver itself takes. */
const baselineSeconds = 10;

/**
 * From a push to the homeserver's answer, with the service as a process of its own and a real Synapse: with raised
 * limits, beside what a plain message takes there; and what becomes of the same pushes under its default limits.
 */
export async function benchLatency(): Promise<void> {
  const raised = await run('raised', async (setting, measured) => ({
    baseline: await baselineOf(setting),
    ...(await measured()),
  }));
  const limited = await run('default', (_, measured) => measured());
  const { perSecond, seconds, repositories } = load;
  print(
    `push to accepted by Synapse, ${perSecond} pushes/s to ${repositories} repositories for ${seconds} s`,
  );
  print(`  a plain message   ${line(raised.baseline)}`);
  print(`  limits raised     ${line(raised.latency)}   to reach: p95 below ${goalMs} ms`);
  print(`  default limits    ${line(limited.latency)}`);
  print(`  limits raised     ${sent(raised)}`);
  print(`  default limits    ${sent(limited)}, ${limited.refusals} answers 429`);
  print(
    `  every push is named by exactly one message; load of the machine ${raised.load} and ${limited.load}`,
  );
  writeResult('latency', { ...load, goalMs, raised, limited });
}

async function run<T extends object>(
  limits: Limits,
  work: (setting: Setting, measured: () => Promise<Measured>) => Promise<T>,
): Promise<T & { load: string }> {
  const results: (T & { load: string })[] = [];
  await withPostgres(async (databaseUrl) => {
    const directory = await mkdtemp(join(tmpdir(), 'pushledger-bench-latency-'));
    const logger = pino({ level: 'warn' }, pino.destination(2));
    const pool = createPool(databaseUrl, 'bench', logger, 1);
    try {
      await withSetting({ limits, databaseUrl, directory }, async (setting) => {
        const result = await work(setting, () => measure(setting, pool, load));
        // Of the last minute: others' work on this machine is in the figures.
        results.push({ ...result, load: (loadavg()[0] ?? 0).toFixed(1) });
      });
    } finally {
      await pool.end();
    }
  });
  const [result] = results;
  if (!result) throw new Error('nothing was measured');
  return result;
}

/** One after the other, at the rate of the pushes. */
async function baselineOf({ person, room }: Setting): Promise<Quantiles> {
  const latencies: number[] = [];
  for (let index = 0; index < load.perSecond * baselineSeconds; index++) {
    const started = performance.now();
    if (!(await person.say(room, `plain message ${index}`))) throw new Error('the limit is in the way');
    const took = performance.now() - started;
    latencies.push(took);
    await pause(Math.max(0, 1_000 / load.perSecond - took));
  }
  return quantilesOf(latencies);
}

function line({ p50, p95, p99, max }: Quantiles): string {
  const ms = (value: number) => `${value.toFixed(0).padStart(6)} ms`;
  return `p50 ${ms(p50)}   p95 ${ms(p95)}   p99 ${ms(p99)}   max ${ms(max)}`;
}

function sent({ pushes, messages, edits, memory, ...measured }: Measured): string {
  const { messagesPerPush, editsPerPush } = measured;
  const perPush = `${messagesPerPush.toFixed(2)} and ${editsPerPush.toFixed(2)} a push`;
  const held = memory
    ? `; RSS ${memory.ready} MB when ready, ${memory.after} MB after (most ${memory.most})`
    : '';
  return `${messages} messages and ${edits} edits for ${pushes} pushes (${perPush})${held}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
