import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { freePorts } from '../chaos/free-ports.ts';
import { type Instance, startInstance } from '../chaos/instance.ts';
import { withEmbedded } from '../chaos/postgres.ts';
import { until } from '../support/condition.ts';
import { fixtureBytes } from '../support/delivery.ts';
import { isTaken, quantile, summary } from './figures.ts';
import { deliveryOf, requestOf, type Sent, send } from './request.ts';
import { watchResident } from './resident.ts';
import { type Load, sendAtRate } from './senders.ts';
import { slowloris } from './slowloris.ts';
import { witness } from './witness.ts';

export interface OverloadOptions {
  readonly seconds: number;
  readonly connections: number;
  readonly say: (text: string) => void;
}

const secret = 'a-secret-of-the-overload-run';
const overFactor = 10;
/** To be back at the usual latency by then, in seconds. */
const recoverySeconds = 10;
/** Resident memory of the service, in MiB, whatever comes. */
const residentAllowed = 450;
const replays = 3_000;
/** So long Gitea waits for an answer, whichever it is, in milliseconds. */
const patienceMs = 5_000;

/** @returns what was not as it is to be */
export async function runOverload({ seconds, connections, say }: OverloadOptions): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'pushledger-overload-'));
  await chmod(directory, 0o755);
  const dataDir = join(directory, 'data');
  const [port = 0] = await freePorts(1);
  const service = startInstance({
    name: 'service',
    port,
    cwd: directory,
    logPath: join(directory, 'service.log'),
    env: { PUSHLEDGER_DATA_DIR: dataDir, GITEA_WEBHOOK_SECRET: secret, LOG_LEVEL: 'error' },
  });
  const taken = new Set<string>();
  const problems: string[] = [];
  const load = async (of: Load) => {
    const outcome = await sendAtRate(port, secret, of);
    for (const one of outcome.sent) if (isTaken(one)) taken.add(one.deliveryId);
    return outcome;
  };
  try {
    await service.ready();
    await load({ name: 'warm up', rate: 200, seconds: 3, most: 64 });

    const closed = await load({ name: 'sustainable', rate: 1e6, seconds: Math.min(10, seconds), most: 64 });
    const sustainable = Math.round(closed.sent.length / Math.min(10, seconds));
    say(`sustainable: ${sustainable}/s with 64 connections: ${summary(closed.sent)}`);
    await drained(service);

    const usual = await latencyOf(port, taken, 'usual', 3);
    say(`usual latency: p95 ${usual.toFixed(0)} ms`);

    const resident = watchResident(service);
    const [over, witnessed] = await Promise.all([
      load({ name: 'over', rate: sustainable * overFactor, seconds, most: 4_000 }),
      witness(port, secret, seconds),
    ]);
    for (const one of witnessed) if (isTaken(one)) taken.add(one.deliveryId);
    const tooMuch = over.sent.length + over.notSent;
    say(
      `overload: ${Math.round(tooMuch / seconds)}/s were due, ${Math.round(over.sent.length / seconds)}/s sent for ${seconds} s ` +
        `(${(over.sent.length / seconds / sustainable).toFixed(1)} times the sustainable): ${summary(over.sent)}; ` +
        `resident memory ${resident.most().toFixed(0)} MiB`,
    );
    say(`a witness beside it, ten a second at the usual priority: ${summary(witnessed)}`);
    problems.push(...problemsOf(over.sent, witnessed));

    const recovered = await recoveryOf(port, taken, usual);
    say(`recovery: usual latency again after ${recovered.toFixed(0)} s`);
    if (recovered > recoverySeconds) problems.push(`it took ${recovered.toFixed(0)} s to be as before`);

    say(await withSlow(port, connections, Math.min(seconds, 20), taken, problems));
    resident.stop();
    say(`resident memory: ${resident.most().toFixed(0)} MiB at most`);
    if (resident.most() > residentAllowed) {
      problems.push(
        `resident memory went to ${resident.most().toFixed(0)} MiB, and not ${residentAllowed} at most`,
      );
    }

    const captured = fixtureBytes('push-tag-create');
    for (let number = 0; number < replays; number += 50) {
      const batch = Array.from({ length: 50 }, () => send(port, requestOf(captured, secret), 30_000));
      const lost = (await Promise.all(batch)).filter((one) => !isTaken(one));
      if (lost.length > 0) problems.push(`${lost.length} replays were not taken`);
    }
    await drained(service);
    const { missing, redelivered } = await compareLog(dataDir, taken);
    say(
      `stored: ${taken.size - missing} of ${taken.size} that were answered 2xx; ${replays} replays left ${redelivered} events`,
    );
    if (missing > 0) problems.push(`${missing} deliveries were answered 2xx and are not in the log`);
    if (redelivered > 100) problems.push(`${redelivered} redeliveries of one body are in the log`);
    problems.push(...service.faults);
    return problems;
  } finally {
    await service.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** What is refused has to be told so, before its sender gives up. */
function problemsOf(sent: readonly Sent[], witnessed: readonly Sent[]): string[] {
  const refused = sent.filter((one) => one.status !== null && !isTaken(one));
  const odd = refused.filter(({ status, hasRetryAfter }) => status !== 503 || !hasRetryAfter);
  const told = quantile(
    witnessed.map(({ status, ms }) => (status === null ? Number.POSITIVE_INFINITY : ms)),
    0.95,
  );
  return [
    ...(odd.length > 0
      ? [`${odd.length} answers were neither 2xx nor 503 with Retry-After: ${summary(odd)}`]
      : []),
    ...(told > patienceMs ? [`beside the overload an answer took ${told.toFixed(0)} ms at p95`] : []),
  ];
}

/** p95 of a few deliveries a second, in milliseconds. */
async function latencyOf(port: number, taken: Set<string>, name: string, seconds: number): Promise<number> {
  const times: number[] = [];
  for (let number = 0; number < seconds * 20; number++) {
    const sent = await send(port, deliveryOf(`${name} ${number}`, secret));
    if (isTaken(sent)) taken.add(sent.deliveryId);
    times.push(isTaken(sent) ? sent.ms : Number.POSITIVE_INFINITY);
    await delay(Math.max(0, 50 - sent.ms));
  }
  return quantile(times, 0.95);
}

/** In seconds. Twice the usual, and what a busy machine adds, counts as usual. */
async function recoveryOf(port: number, taken: Set<string>, usual: number): Promise<number> {
  const began = performance.now();
  for (let second = 0; second < 60; second++) {
    const p95 = await latencyOf(port, taken, `recovery ${second}`, 1);
    if (p95 <= usual * 2 + 50) break;
  }
  return (performance.now() - began) / 1_000;
}

async function withSlow(
  port: number,
  connections: number,
  seconds: number,
  taken: Set<string>,
  problems: string[],
): Promise<string> {
  const over = new AbortController();
  const slow = slowloris(port, connections, over.signal);
  await delay(1_000);
  const sent: Sent[] = [];
  for (let number = 0; number < seconds * 10; number++) {
    const one = await send(port, deliveryOf(`beside slow ones ${number}`, secret));
    if (isTaken(one)) taken.add(one.deliveryId);
    sent.push(one);
    await delay(Math.max(0, 100 - one.ms));
  }
  over.abort();
  const opened = await slow;
  const lost = sent.filter((one) => !isTaken(one));
  if (lost.length > 0)
    problems.push(`beside slow connections ${lost.length} of ${sent.length} were not taken`);
  return `slowloris: ${connections} connections, ${opened} opened again; honest deliveries: ${summary(sent)}`;
}

const health = z.object({ spool: z.object({ pending: z.number() }) });

async function drained({ address }: Instance): Promise<void> {
  await until(
    'an empty spool',
    async () => {
      const answer = await fetch(`${address}/webhook/health`);
      return health.parse(await answer.json()).spool.pending === 0;
    },
    300_000,
  );
}

async function compareLog(
  dataDir: string,
  taken: ReadonlySet<string>,
): Promise<{ missing: number; redelivered: number }> {
  return withEmbedded(dataDir, async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const stored = await client.query<{ id: string }>(
        `select event_id as id from pushledger.events where type in ('PushReceived', 'PushRedelivered')`,
      );
      const known = new Set(stored.rows.map(({ id }) => id));
      const redelivered = await client.query<{ count: number }>(
        `select count(*)::int as count from pushledger.events where type = 'PushRedelivered'`,
      );
      return {
        missing: [...taken].filter((id) => !known.has(id)).length,
        redelivered: redelivered.rows[0]?.count ?? 0,
      };
    } finally {
      await client.end();
    }
  });
}
