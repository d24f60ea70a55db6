import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instance, type Recovering, startRecovering } from '../gitea/recovery/support/recovering.ts';
import type { GiteaRepository } from '../support/gitea/repository.ts';
import { runProgram } from '../support/service-process.ts';

describe('pushledger recover', () => {
  let all: Recovering;
  let dataDir: string;
  let repository: GiteaRepository;

  beforeAll(async () => {
    all = await startRecovering({ startedAt: Date.now() - 3_600_000 });
    dataDir = mkdtempSync(join(tmpdir(), 'pushledger-cli-'));
    repository = await all.repository('widgets');
    await all.recover();
    all.clock.advance(120_000);
  });
  beforeEach(() => all.gitea.behave());
  afterAll(async () => {
    await all.close();
    rmSync(dataDir, { recursive: true });
  });

  const run = (
    args: readonly string[],
    gitea: Record<string, string> = { GITEA_URL: all.gitea.url, GITEA_TOKEN: 'good-token' },
  ) =>
    runProgram(['recover', ...args], {
      cwd: dataDir,
      env: {
        PUSHLEDGER_DATA_DIR: dataDir,
        DATABASE_URL: all.databaseUrl,
        PUSHLEDGER_INSTANCE: instance,
        ...gitea,
      },
    });

  test('shows in a table what is missing, and what it recovered', async () => {
    const missed = await all.away(() => repository.push('main'));
    const dry = await run(['--dry-run']);
    expect(dry.stdout).toMatch(/^repository +missing +result$/m);
    expect(dry.stdout).toMatch(/^acme\/widgets +1 +checked$/m);
    const second = await run([]);
    expect(second).toMatchObject({ status: 0 });
    expect(second.stdout).toMatch(/^acme\/widgets +1 +checked$/m);
    const line = `${missed.before.slice(0, 10)}..${missed.after.slice(0, 10)}`;
    expect(second.stdout).toContain(`${line}  ${missed.at.toISOString()}`);
    expect((await all.pushes(repository)).at(-1)?.data).toMatchObject({
      after: missed.after,
      source: 'recovery',
    });
  });

  test('takes the baseline at first contact', async () => {
    await all.repository('young');
    const { status, stdout } = await run([]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^acme\/young +0 +first contact: what was pushed before is not missed$/m);
  });

  test('gives the same to programs, and nothing to find is nothing wrong', async () => {
    const { status, stdout } = await run(['--json', '--repo', 'ACME/widgets']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        repositoryId: repository.id,
        fullName: 'acme/widgets',
        outcome: 'checked',
        recovered: { pushes: [] },
      },
    ]);
  });

  test('says what could not be checked, and ends with 1', async () => {
    all.gitea.misbehave(/branches/, 'forbidden');
    const { status, stdout } = await run([]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^acme\/widgets +- +not checked: .*scope read:repository/m);
  });

  test('refuses a repository of which nothing is known, and to run without Gitea', async () => {
    expect(await run(['--repo', 'acme/nothing'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('acme/nothing: nothing has come from there'),
    });
    expect(await run([], {})).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('GITEA_URL and GITEA_TOKEN must be set'),
    });
  });
});
