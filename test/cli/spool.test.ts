import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSpool, type Spool } from '../../src/ingest/spool/spool.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { spooled } from '../ingest/spool/support/spooled.ts';
import { runProgram } from '../support/service-process.ts';

describe('pushledger spool', () => {
  let dataDir: string;
  let spool: Spool;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'pushledger-cli-'));
    const path = join(dataDir, 'spool.db');
    // As a running `serve` has it open.
    spool = openSpool({ path, maxBytes: 1024 ** 2, clock: systemClock, logger: createLogger('silent') });
  });
  afterEach(() => {
    spool.close();
    rmSync(dataDir, { recursive: true });
  });

  const run = (...args: string[]) =>
    runProgram(['spool', ...args], { cwd: dataDir, env: { PUSHLEDGER_DATA_DIR: dataDir } });

  /** Two deliveries, of which the first one was refused. */
  async function putTwo() {
    const [parked, pending] = [spooled(), spooled({ repositoryId: 43 })];
    for (const entry of [pending, parked]) await spool.put(entry);
    spool.park(spool.newest('42') ?? 0, 'refused:\n no good');
    return { parked: parked.delivery.deliveryId, pending: pending.delivery.deliveryId };
  }

  test('list shows what is parked and what waits', async () => {
    const { parked, pending } = await putTwo();
    const { stdout, status } = await run('list');
    expect(status).toBe(0);
    const [heading, first, second] = stdout.split('\n');
    expect(heading).toMatch(/^state +received +repository/);
    expect(first).toMatch(/^parked +2026-02-03T04:05:07\.008Z +acme\/widgets-42 +push .*refused: no good$/);
    expect(first).toContain(parked);
    expect(second).toMatch(/^pending /);
    expect(second).toContain(pending);
  });

  test('list --json gives the same for programs', async () => {
    const { parked } = await putTwo();
    const { stdout } = await run('list', '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      { deliveryId: parked, repository: 'acme/widgets-42', state: 'parked', attempts: 1 },
      { state: 'pending', attempts: 0, reason: null },
    ]);
  });

  test('retry makes the named ones wait again', async () => {
    const { parked } = await putTwo();
    expect(await run('retry', parked.toUpperCase())).toMatchObject({ status: 0 });
    expect(spool.status()).toMatchObject({ pending: 2, parked: 0 });
  });

  test('retry --all makes all of them wait again', async () => {
    await putTwo();
    const { status, stdout } = await run('retry', '--all');
    expect(status).toBe(0);
    expect(stdout).toContain('1 made to wait again');
    expect(spool.status()).toMatchObject({ pending: 2, parked: 0 });
  });

  test('retry of what is not parked is told by the status', async () => {
    const { pending } = await putTwo();
    expect(await run('retry', pending)).toMatchObject({ status: 1 });
  });

  test('retry of nothing in particular is wrong usage', async () => {
    const { status, stderr } = await run('retry');
    expect(status).toBe(2);
    expect(stderr).toContain('--all');
  });

  test('a file that cannot be read is told, and stays as it is', async () => {
    spool.close();
    writeFileSync(join(dataDir, 'spool.db'), 'no database '.repeat(1_000));
    const { status, stderr } = await run('list');
    expect(status).toBe(1);
    expect(stderr).toContain('not a database');
  });

  test('where nothing was ever spooled there is nothing to list', async () => {
    spool.close();
    rmSync(join(dataDir, 'spool.db'));
    expect(await run('list', '--json')).toMatchObject({ status: 0, stdout: '[]\n' });
  });
});
