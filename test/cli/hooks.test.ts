import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { StoredHook } from '../support/gitea/hooks.ts';
import { type GiteaDouble, startGitea } from '../support/gitea/server.ts';
import { type Ended, type RunningService, runProgram, startServe } from '../support/service-process.ts';

const options = { timeout: 60_000 };
let gitea: GiteaDouble;
let database: TestDatabase;
let directory: string;
let service: RunningService;

const env = () => ({
  DATABASE_URL: database.url,
  PUSHLEDGER_DATA_DIR: join(directory, 'data'),
  GITEA_URL: gitea.url,
  GITEA_TOKEN: 'good-token',
  GITEA_OWNER: 'acme',
});

async function run(...args: string[]): Promise<Ended> {
  const ended = await runProgram(['hooks', ...args], {
    cwd: directory,
    env: { ...env(), PUBLIC_URL: service.address, PORT: new URL(service.address).port },
  });
  expect(ended.stdout + ended.stderr).not.toContain('good-token');
  return ended;
}

function hookOf(name: string): StoredHook {
  const repository = gitea.world.repository('acme', name);
  const [hook, ...others] = repository ? gitea.world.hooksOf(repository) : [];
  if (!hook || others.length > 0) throw new Error(`acme/${name} has not exactly one hook`);
  return hook;
}

async function health(): Promise<Record<string, string>> {
  const response = await fetch(`${service.address}/webhook/health`);
  const report = (await response.json()) as { repos: { fullName: string; hook: string }[] };
  return Object.fromEntries(report.repos.map(({ fullName, hook }) => [fullName, hook]));
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pushledger-hooks-'));
  [gitea, database] = await Promise.all([startGitea(), createDatabase()]);
  for (const name of ['app-1', 'app-2', 'other']) gitea.world.createRepository('acme', name).push();
  gitea.world.createRepository('acme', 'app-old', { archived: true });
  service = await startServe({ cwd: directory, env: { ...env(), PORT: '0' } }, [
    '--roles',
    'ingest,projections',
  ]);
}, 60_000);
afterAll(async () => {
  await service.end();
  await gitea.close();
  await database.drop();
  rmSync(directory, { recursive: true });
});

describe('pushledger hooks, beside a running service', () => {
  test('install shows what it would do, does it, and has nothing to do the next time', options, async () => {
    const dry = await run('install', 'acme/app-*', '--dry-run');
    expect(dry.stdout).toContain('Nothing was changed');
    expect(gitea.world.hooks).toEqual([]);
    const first = await run('install', 'acme/app-*');
    expect(first).toMatchObject({ status: 0, stderr: '' });
    // They are installed side by side: Gitea says which number is whose.
    expect(first.stdout).toMatch(new RegExp(`acme/app-1 +created +${hookOf('app-1').id}\\n`));
    expect(first.stdout).toMatch(new RegExp(`acme/app-2 +created +${hookOf('app-2').id}\\n`));
    expect(first.stdout).toMatch(/acme\/app-old +skipped +- +it is archived/);
    expect(first.stdout).toContain('2 created, 1 skipped');
    const second = await run('install', 'acme/app-*', '--json');
    expect(JSON.parse(second.stdout)).toMatchObject([
      { result: 'unchanged' },
      { result: 'unchanged' },
      { result: 'skipped' },
    ]);
    expect(gitea.world.hooks).toHaveLength(2);
  });

  test('the health report names them, before and after their first push', options, async () => {
    await until('the hooks in the report', async () => (await health())['acme/app-2'] === 'installed');
    gitea.world.repository('acme', 'app-1')?.push('main', { commits: 2 });
    await gitea.world.sender.idle();
    expect(gitea.world.sender.deliveries.at(-1)).toMatchObject({ status: 200 });
  });

  test('verify sees its test deliveries arrive, and ends with 1 where one does not', options, async () => {
    const good = await run('verify');
    expect(good.stdout).toMatch(/acme\/app-1 +ok +arrived/);
    expect(good.status).toBe(0);
    const bad = await run('verify', 'acme/other', '--timeout', '500ms');
    expect(bad.stdout).toMatch(/acme\/other +wrong +missing/);
    expect(bad.status).toBe(1);
  });

  test('list shows the last push that was seen, and what is wrong', options, async () => {
    const good = await run('list', '--json');
    expect(JSON.parse(good.stdout)).toMatchObject([
      {
        target: 'acme/app-1',
        active: true,
        secret: 'generated',
        problem: null,
        lastPushAt: expect.stringMatching(/^\d{4}-/),
      },
      { target: 'acme/app-2', active: true, problem: null },
    ]);
    for (const hook of gitea.world.hooks) hook.active = false;
    const bad = await run('list');
    expect(bad.stdout).toMatch(/acme\/app-1 .* not active/);
    expect(bad.status).toBe(1);
    for (const hook of gitea.world.hooks) hook.active = true;
  });

  test(
    'rotate-secret is taken up by the service without a restart, and retires the old one',
    options,
    async () => {
      const { status, stdout, stderr } = await run('rotate-secret', '--grace', '200ms');
      expect(stdout).toContain('2 rotated');
      expect(stderr).toContain('All hooks sign with generated-2; generated is kept for audit verify only.');
      expect(status).toBe(0);
      expect(gitea.world.hooks).toHaveLength(2);
      expect(
        readdirSync(join(directory, 'data'))
          .filter((name) => name.startsWith('webhook-secret'))
          .sort(),
      ).toEqual(['webhook-secret-2', 'webhook-secret.retired']);
      gitea.world.repository('acme', 'app-1')?.push();
      await gitea.world.sender.idle();
      expect(gitea.world.sender.deliveries.at(-1)).toMatchObject({
        status: 200,
        answer: expect.stringContaining('accepted'),
      });
    },
  );

  test('rotate-secret retires nothing while a hook failed, and ends with 1', options, async () => {
    gitea.misbehave(/DELETE .*app-2/, 'forbidden');
    const failed = await run('rotate-secret', '--grace', '0ms');
    expect(failed.stderr).toContain(
      'generated-2 stays accepted, as hooks of acme/app-2 may still sign with it',
    );
    expect(failed.status).toBe(1);
    gitea.behave();
    const again = await run('rotate-secret', '--grace', '0ms');
    expect(again.stderr).toContain('All hooks sign with generated-3');
    expect(again.status).toBe(0);
    expect(gitea.world.hooks).toHaveLength(2);
  });

  test('remove takes them away, and the report says so', options, async () => {
    expect((await run('test', 'acme/app-1')).stdout).toMatch(/acme\/app-1 +tested/);
    const { status, stdout } = await run('remove', 'acme/app-1', 'acme/app-2');
    expect(stdout).toContain('2 removed');
    expect(status).toBe(0);
    expect(gitea.world.hooks).toEqual([]);
    await until('the removal in the report', async () => (await health())['acme/app-1'] === 'removed');
  });

  test('what fails is told for each repository, with exit status 1', options, async () => {
    const { status, stdout } = await run('install', 'acme/app-1', 'acme/absent', 'nobody');
    expect(stdout).toMatch(/acme\/app-1 +created/);
    expect(stdout).toMatch(/acme\/absent +failed +- .*There is no repository acme\/absent/);
    expect(stdout).toMatch(/nobody +failed/);
    expect(status).toBe(1);
  });
});

describe('pushledger hooks ends with status 2', () => {
  test.each([
    [['install'], 'name an owner'],
    [['install', 'acme', '--events', 'all'], 'all: not one of push, delete, create'],
    [['install', 'acme', '--url', 'nowhere'], 'an http:// or https:// address is expected'],
    [['install', 'acme', '--org', '--system'], 'cannot be used with'],
    [['install', 'acme', '--secret-name', 'x'], 'there is no webhook secret x; there is generated-3'],
    [['rotate-secret', '--secret-name', 'x'], 'none is configured'],
  ])('for %j', options, async (args, message) => {
    const { status, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  test('without PUBLIC_URL, and without a token', options, async () => {
    const noUrl = await runProgram(['hooks', 'list'], { cwd: directory, env: env() });
    expect(noUrl).toMatchObject({ status: 2, stderr: expect.stringContaining('set PUBLIC_URL') });
    const { GITEA_TOKEN: _token, ...without } = env();
    const noToken = await runProgram(['hooks', 'list'], { cwd: directory, env: without });
    expect(noToken).toMatchObject({ status: 2, stderr: expect.stringContaining('GITEA_TOKEN must be set') });
  });

  test('for a rotation of configured secrets without the new one among them', options, async () => {
    const { status, stderr } = await runProgram(['hooks', 'rotate-secret'], {
      cwd: directory,
      env: { ...env(), PUBLIC_URL: service.address, GITEA_WEBHOOK_SECRET: 'a-configured-secret' },
    });
    expect(stderr).toContain('add it to webhookSecrets under a name of its own');
    expect(status).toBe(2);
  });
});
