import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../event-store/support/tcp-proxy.ts';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { passableDirectory } from '../support/postgres-directory.ts';
import { type Program, type RunningService, startProgram, whenReady } from '../support/service-process.ts';
import { sendOnce, webhookSecret } from './gitea-sender.ts';
import type { TestPush } from './pushes.ts';

/** Gitea waits so long for an answer, in milliseconds. */
const giteaPatienceMs = 5_000;
const repositories = 10;

let directory: string;
let created: TestDatabase;
let database: Client;
let proxy: TcpProxy;
let last: Program | null;

beforeEach(async () => {
  directory = await passableDirectory();
  created = await createDatabase();
  database = new Client({ connectionString: created.url });
  await database.connect();
  proxy = await startTcpProxy(created.url);
  last = null;
});

afterEach(async () => {
  await last?.end('SIGKILL');
  await proxy.close();
  await database.end();
  await created.drop();
  await rm(directory, { recursive: true });
});

const spoolFile = () => join(directory, 'data', 'spool.db');

function start(args: readonly string[]): Promise<RunningService> {
  const env = {
    PUSHLEDGER_DATA_DIR: join(directory, 'data'),
    PORT: '0',
    DATABASE_URL: proxy.url,
    GITEA_WEBHOOK_SECRET: webhookSecret,
  };
  const program = startProgram(['serve', ...args], { cwd: directory, env });
  last = program;
  return whenReady(program);
}

test('with the store away for 30 s under 50 pushes/s, every push is taken, stored once, in order, and becomes one run', async () => {
  const service = await start([]);
  const flow = sendFor(service.address, { perSecond: 50, seconds: 36 });
  await pause(3_000);
  proxy.refuse();
  await pause(30_000);
  proxy.restore();
  const sent = await flow;

  expect(sent.filter(({ accepted }) => !accepted)).toEqual([]);
  expect(Math.max(...sent.map(({ ms }) => ms))).toBeLessThan(giteaPatienceMs);
  // Or the store was not away at all.
  expect(sent.filter(({ pushId }) => pushId === null).length).toBeGreaterThan(1_000);
  await until('an empty spool', async () => (await pending(service)) === 0, 30_000);
  await expectEachOnceAndInOrder(sent.map(({ push }) => push));
  await until('a run for each', async () => (await countRuns()) === sent.length, 60_000);
}, 180_000);

test.each<[string, NodeJS.Signals]>([
  ['kill -9', 'SIGKILL'],
  ['a graceful stop', 'SIGTERM'],
])('after %s in the midst of draining, each push is stored once and in order', async (_name, signal) => {
  const pushes = await spoolMany(3_000);
  const inTheMidst: number[] = [];
  let storedAndSpooled = 0;
  for (const share of [0.05, 0.3, 0.6]) {
    const service = await start(['--roles', 'ingest']);
    await until('a part of them', async () => (await countPushes()) >= pushes.length * share);
    const { status } = await service.end(signal);
    expect(status).toBe(signal === 'SIGTERM' ? 0 : null);
    const stored = await countPushes();
    if (stored < pushes.length) inTheMidst.push(stored);
    storedAndSpooled += stored + countSpooled() - pushes.length;
  }
  expect(inTheMidst.length).toBeGreaterThan(0);
  // Killed between the append and the removal there is what has to be recognised; stopped gracefully there is none.
  if (signal === 'SIGKILL') expect(storedAndSpooled).toBeGreaterThan(0);
  else expect(storedAndSpooled).toBe(0);

  const service = await start(['--roles', 'ingest']);
  await until('an empty spool', async () => (await pending(service)) === 0, 30_000);
  await expectEachOnceAndInOrder(pushes);
});

/** Sends at a steady rate, without waiting for answers, as many users push. */
async function sendFor(address: string, { perSecond, seconds }: { perSecond: number; seconds: number }) {
  const begin = performance.now();
  const sending = [];
  for (let number = 0; number < perSecond * seconds; number++) {
    const push = numberedPush(number);
    const started = performance.now();
    sending.push(
      sendOnce(address, push).then((answer) => ({ ...answer, push, ms: performance.now() - started })),
    );
    await pause(Math.max(0, begin + ((number + 1) * 1_000) / perSecond - performance.now()));
  }
  return Promise.all(sending);
}

/** A spool with so many pushes in it, made by a service whose store is away. */
async function spoolMany(count: number): Promise<TestPush[]> {
  const service = await start(['--roles', 'ingest']);
  proxy.refuse();
  const pushes = Array.from({ length: count }, (_, number) => numberedPush(number));
  await Promise.all(
    Array.from({ length: repositories }, async (_, repository) => {
      for (let number = repository; number < count; number += repositories) {
        const push = pushes[number];
        if (push) expect((await sendOnce(service.address, push, randomUUID())).accepted).toBe(true);
      }
    }),
  );
  await service.end('SIGKILL');
  proxy.restore();
  // One may have been on its way to the store when that went away.
  expect(countSpooled()).toBe(count);
  return pushes;
}

const fixture = readFileSync(new URL('../fixtures/push-force-rewrite.json', import.meta.url), 'utf8');

/** A push of its own; the repositories take turns. */
function numberedPush(number: number): TestPush {
  const body = JSON.parse(fixture) as {
    after: string;
    repository: { id: number; full_name: string };
    number?: number;
  };
  const id = 1 + (number % repositories);
  Object.assign(body, { number, after: createHash('sha1').update(String(number)).digest('hex') });
  Object.assign(body.repository, { id, full_name: `acme/widgets-${id}` });
  const text = JSON.stringify(body, null, 2);
  return { label: `push ${number}`, event: 'push', expected: 'announced', body: Buffer.from(text) };
}

async function expectEachOnceAndInOrder(pushes: readonly TestPush[]): Promise<void> {
  const { rows } = await database.query<{ repository: string; digest: string }>(
    `select data::json -> 'repository' ->> 'id' as repository, data::json -> 'body' ->> 'digest' as digest
     from pushledger.events where type = 'PushReceived' order by position`,
  );
  expect(rows).toHaveLength(pushes.length);
  for (let repository = 1; repository <= repositories; repository++) {
    const stored = rows.filter((row) => row.repository === String(repository)).map(({ digest }) => digest);
    const expected = pushes.filter((_, number) => 1 + (number % repositories) === repository);
    expect(stored).toEqual(expected.map(({ body }) => createHash('sha256').update(body).digest('hex')));
  }
}

async function countPushes(): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::int as count from pushledger.events where type = 'PushReceived'`,
  );
  return rows[0]?.count ?? 0;
}

async function countRuns(): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::int as count from data_factory.runs`,
  );
  return rows[0]?.count ?? 0;
}

async function pending(service: RunningService): Promise<number> {
  const health = (await (await fetch(`${service.address}/webhook/health`)).json()) as {
    spool: { pending: number };
  };
  return health.spool.pending;
}

/** What the file holds while no service has it open. */
function countSpooled(): number {
  const file = new DatabaseSync(spoolFile());
  const row = file.prepare(`select count(*) as count from entries where state = 'pending'`).get();
  file.close();
  return Number(row?.count);
}
