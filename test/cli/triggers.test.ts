import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/condition.ts';
import { type DagEngineDouble, startDagEngine } from '../support/dag-engine.ts';
import { fixtureBytes, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { type Ended, runProgram } from '../support/service-process.ts';

const options = { timeout: 60_000 };

describe('pushledger triggers', () => {
  let engine: DagEngineDouble;
  let service: RunningService;
  let directory: string;
  let pushId: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pushledger-cli-'));
    engine = await startDagEngine();
    service = await startTestService({ env: { DAG_ENGINE_URL: engine.url } });
    engine.misbehave({ kind: 'answer', status: 404, body: 'no \u001b[2J such DAG' });
    const answer = await post(service.url, { body: fixtureBytes('push-12-commits-capped-5') });
    pushId = answer.body.pushId ?? '';
    await until('the parked push', async () => {
      const rows = await service.rows(`select 1 from pushledger.triggers where state = 'parked'`);
      return rows.length === 1;
    });
    engine.behave();
  });
  afterAll(async () => {
    await service.stop();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  const run = (...args: string[]): Promise<Ended> =>
    runProgram(args, {
      cwd: directory,
      env: { DATABASE_URL: service.databaseUrl, PUSHLEDGER_DATA_DIR: join(directory, 'data') },
    });

  test('list shows what was parked, and why, and no text that moves the cursor', options, async () => {
    const { status, stdout } = await run('triggers', 'list', '--state', 'parked');
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^state +received +repository +ref +dag +push id +run id$/);
    expect(stdout).toContain(pushId);
    expect(stdout).toContain('HTTP 404: no [2J such DAG');
    expect(stdout).not.toContain('\u001b');
    const json = await run('triggers', 'list', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject([{ pushId, state: 'parked', attempts: 1, failures: 1 }]);
  });

  test(
    'retry, beside a running service, has it run after all, and show tells all of it',
    options,
    async () => {
      expect(await run('triggers', 'retry', pushId)).toMatchObject({
        status: 0,
        stdout: `${pushId}: is triggered again\n`,
      });
      await until('the run', () => engine.runs.size === 1);
      await until('the call', async () => {
        const rows = await service.rows(
          `select 1 from call_monitor.calls where function_name = 'dag_engine.trigger' and status = 'ok'`,
        );
        return rows.length === 1;
      });
      const { stdout } = await run('pushes', 'show', pushId);
      expect(stdout).toMatch(/error +dag_engine\.trigger|dag_engine\.trigger +HTTP 404/);
      expect(stdout).toMatch(/DAG\nstate +dag +triggered/);
      expect(stdout).toContain('gitea_push');
      expect(await run('triggers', 'retry', '--all')).toMatchObject({
        status: 0,
        stdout: 'nothing is parked, and nothing has expired\n',
      });
      expect(await run('triggers', 'retry', pushId)).toMatchObject({
        status: 1,
        stdout: `${pushId}: was triggered already\n`,
      });
    },
  );

  test.each([
    [['triggers', 'retry'], 'name pushes, or give --all'],
    [['triggers', 'retry', '--all', randomUUID()], 'name pushes, or give --all'],
    [['triggers', 'retry', 'abc'], 'UUID'],
    [['triggers', 'list', '--state', 'lost'], 'none, due, expired, triggered, parked'],
    [['triggers', 'list', '--limit', '0'], 'a whole number from 1'],
  ])('%j ends with status 2 and says why', options, async (args, why) => {
    const { status, stderr, stdout } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(why);
  });
});
