import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MovableEventStore } from '../../src/event-store/event-store.ts';
import { type EncodedEvent, encodeEvent } from '../../src/events/codec.ts';
import { openLedger } from '../../src/subscription/ledger.ts';
import { createPostgresLog, type PostgresLog } from '../event-store/support/postgres-log.ts';
import { until } from '../support/condition.ts';
import { encodedEvents, testDelivery } from '../support/event-drafts.ts';
import { type KurrentServer, startKurrentServer } from '../support/kurrentdb/server.ts';
import { type Ended, type Program, runProgram, startProgram } from '../support/service-process.ts';

const options = { timeout: 60_000 };

describe('pushledger store copy', () => {
  let here: PostgresLog;
  let there: PostgresLog;
  let kurrent: KurrentServer;
  let cwd: string;
  let file: string;

  beforeEach(async () => {
    [here, there] = await Promise.all([createPostgresLog(), createPostgresLog()]);
    kurrent = await startKurrentServer();
    cwd = mkdtempSync(join(tmpdir(), 'pushledger-copy-'));
    file = join(cwd, 'log.gz');
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close(), kurrent.stop()]);
    rmSync(cwd, { recursive: true });
  });

  const args = (from: string, to: string, ...more: string[]) => [
    'store',
    'copy',
    '--from',
    from,
    '--to',
    to,
    ...more,
  ];
  const surroundings = (env: Readonly<Record<string, string>> = {}) => ({
    cwd,
    env: { PUSHLEDGER_DATA_DIR: join(cwd, 'data'), ...env },
  });
  const start = (from: string, to: string): Program => startProgram(args(from, to), surroundings());
  const run = (from: string, to: string, env = {}, ...more: string[]): Promise<Ended> =>
    runProgram(args(from, to, ...more), surroundings(env));

  /** A ledger of so many events besides its first, in the database `here`. */
  async function fill(count: number, text = ''): Promise<MovableEventStore> {
    const store = here.open();
    await openLedger(store, new Date(), 'gitea.test');
    const events: EncodedEvent[] = encodedEvents(count, text);
    for (let from = 0; from < count; from += 1_000)
      await store.appendInOrder(events.slice(from, from + 1_000));
    return store;
  }
  const isOurs = ({ stream }: { stream: string }) => stream.startsWith('pushledger.');
  const copiedToKurrent = () => kurrent.log.records.filter(isOurs).length;

  test('copies, verifies, and tells both counts and digests', options, async () => {
    await fill(300);
    const { status, stdout, stderr } = await run(here.url, kurrent.url);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^copied 301 events in [\d.]+ s\n/);
    expect(stdout).toMatch(/^ {2}301 events, SHA-256 ([0-9a-f]{64}) .*\n {2}301 events, SHA-256 \1 /m);
    expect(stdout).toContain('verified: both hold the same');
    expect(status).toBe(0);
    expect(copiedToKurrent()).toBe(301);
  });

  test('goes a whole round through every kind of place, and gives JSON', options, async () => {
    await fill(200, 'é🚀');
    const steps = [
      [here.url, `file:${file}`],
      [`file:${file}`, kurrent.url],
      [kurrent.url, there.url],
    ] as const;
    const digests = new Set<string>();
    for (const [from, to] of steps) {
      const { stdout, status } = await run(from, to, {}, '--json');
      expect(status).toBe(0);
      const result = JSON.parse(stdout);
      expect(result).toMatchObject({
        copied: 201,
        same: true,
        source: { events: 201 },
        target: { events: 201 },
      });
      for (const { sha256 } of [result.source, result.target]) digests.add(sha256);
    }
    expect(digests.size).toBe(1);
    const again = JSON.parse((await run(here.url, there.url, {}, '--json')).stdout);
    expect(again).toMatchObject({ copied: 0, same: true });
  });

  test('shows no password, neither of an address nor of a variable', options, async () => {
    await fill(3);
    const secret = (text: string) => {
      const url = new URL(text);
      url.searchParams.set('application_name', 'hush');
      return url.href;
    };
    const env = { FROM_HERE: secret(here.url), DATABASE_URL: secret(there.url) };
    const copied = await run('env:FROM_HERE', 'configured', env);
    expect(copied).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('the configured event store'),
    });
    const refusals = [
      await run('mysql://u:hush@db/x', 'configured', env),
      await run('env:NOWHERE', 'mysql://u:hush@db/x', env),
      await run('esdb://u:hush@127.0.0.1:1?tls=tru', 'configured', env),
      await run('postgres://u:hush@127.0.0.1:1/x', 'configured', env),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([2, 2, 2, 1]);
    for (const { stdout, stderr } of [copied, ...refusals]) expect(stdout + stderr).not.toContain('hush');
    for (const { stderr } of refusals) expect(stderr).toMatch(/^pushledger: /);
  });

  test('takes the configured KurrentDB', options, async () => {
    await fill(3);
    const { stdout } = await run(here.url, 'configured', { EVENT_STORE_URL: kurrent.url }, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ copied: 4, same: true });
    expect(copiedToKurrent()).toBe(4);
  });

  test('after kill -9 in the middle goes on in a store', options, async () => {
    await fill(2_000);
    const killed = start(here.url, kurrent.url);
    await until('a part of the copy', () => copiedToKurrent() > 100, 30_000);
    await killed.end('SIGKILL');
    const part = copiedToKurrent();
    expect(part).toBeLessThan(2_001);
    const { stdout, status } = await run(here.url, kurrent.url, {}, '--json');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ same: true, target: { events: 2_001 } });
    expect(result.copied).toBeLessThanOrEqual(2_001 - part);
    expect(copiedToKurrent()).toBe(2_001);
  });

  test('after kill -9 in the middle goes on in a file', options, async () => {
    await fill(30_000, 'x'.repeat(1_500));
    const killed = start(here.url, `file:${file}`);
    await until('a part of the copy', () => existsSync(`${file}.progress`), 30_000);
    await killed.end('SIGKILL');
    expect(existsSync(file)).toBe(false);
    const { stdout, status } = await run(here.url, `file:${file}`, {}, '--json');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ same: true, target: { events: 30_001 } });
    expect(result.copied).toBeLessThan(30_001);
    expect(readdirSync(cwd).filter((name) => name.startsWith('log.gz'))).toEqual(['log.gz']);
  });

  test('ends on Ctrl-C, says what to do, and goes on then', options, async () => {
    await fill(2_000);
    const stopped = start(here.url, kurrent.url);
    await until('a part of the copy', () => copiedToKurrent() > 100, 30_000);
    const { status, stderr, stdout } = await stopped.end('SIGINT');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('Call the same command again');
    expect(copiedToKurrent()).toBeLessThan(2_001);
    expect(await run(here.url, kurrent.url)).toMatchObject({ status: 0 });
    expect(copiedToKurrent()).toBe(2_001);
  });

  test('refuses a place with another ledger', options, async () => {
    await fill(3);
    const other = there.open();
    const { ledgerId } = await openLedger(other, new Date(), 'gitea.test');
    const { status, stderr, stdout } = await run(here.url, there.url);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^pushledger: the log cannot be copied there: .* holds another ledger/);
    expect(stderr).toContain(ledgerId);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('refuses a database without a log', options, async () => {
    await there.admin.query('drop schema pushledger cascade');
    const { status, stderr } = await run(there.url, `file:${file}`);
    expect(status).toBe(2);
    expect(stderr).toContain('holds no log');
    expect(existsSync(file)).toBe(false);
  });

  test('has status 1 when another process wrote to the place meanwhile', options, async () => {
    await fill(500);
    const intruder = encodeEvent(testDelivery());
    const stopListening = kurrent.log.onGrowth(() => {
      if (copiedToKurrent() !== 200) return;
      stopListening();
      const { id, type, data, metadata } = intruder;
      const bytes = { data: Buffer.from(data), metadata: Buffer.from(metadata) };
      const proposed = { id, type, contentType: 'application/json', ...bytes };
      kurrent.log.append(intruder.stream, 'no-stream', [proposed], Date.now());
    });
    const { status, stdout } = await run(here.url, kurrent.url);
    expect(status).toBe(1);
    expect(stdout).toContain('501 events');
    expect(stdout).toContain('502 events');
    expect(stdout).toContain('NOT THE SAME');
  });
});
