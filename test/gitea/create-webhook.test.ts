import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredHook } from '../support/gitea/hooks.ts';
import type { Misbehaviour } from '../support/gitea/misbehaviour.ts';
import { type GiteaDouble, startGitea } from '../support/gitea/server.ts';

const command = fileURLToPath(new URL('../../bin/gitea_create_webhook', import.meta.url));
const hookUrl = 'http://receiver.example/webhook/gitea';
const secret = 'hush-hush-hush-hush';

let gitea: GiteaDouble;
let cwd: string;
let repositoryId: number;

beforeEach(async () => {
  gitea = await startGitea();
  gitea.world.createUser('ann');
  repositoryId = gitea.world.createRepository('ann', 'factory').id;
  cwd = mkdtempSync(join(tmpdir(), 'pushledger-hook-'));
});

afterEach(async () => {
  await gitea.close();
  rmSync(cwd, { recursive: true });
});

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

async function call(
  args: readonly string[],
  { env = {}, stdin = '' }: { env?: Record<string, string>; stdin?: string } = {},
): Promise<Outcome> {
  const surroundings = { PATH: process.env.PATH, GITEA_URL: gitea.url, GITEA_TOKEN: 'good-token', ...env };
  const child = spawn(command, args, { cwd, env: surroundings });
  child.stdin.on('error', () => {}).end(stdin);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  expect(stdout + stderr).not.toMatch(/hush|good-token/);
  return { status, stdout, stderr };
}

const arguments_ = ['ann', 'factory', hookUrl, secret];

function addHook(hook: Partial<StoredHook>): StoredHook {
  return gitea.world.addHook({ kind: 'repository', repositoryId }, hook);
}

function rightHook() {
  return {
    active: true,
    config: { url: hookUrl, content_type: 'json' },
    events: ['push', 'delete'],
    secret: 'old',
  };
}

describe('gitea_create_webhook', () => {
  it('creates a hook that is active and sends pushes and deletions as JSON', async () => {
    const { status, stdout, stderr } = await call(arguments_);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `Created webhook 1 of ann/factory: it sends push and delete to ${hookUrl}.\n`,
      stderr: '',
    });
    expect(gitea.world.hooks).toEqual([
      {
        id: 1,
        scope: { kind: 'repository', repositoryId },
        type: 'gitea',
        active: true,
        config: { url: hookUrl, content_type: 'json' },
        secret,
        events: ['delete', 'push'],
        branch_filter: '',
        authorization_header: '',
      },
    ]);
  });

  it('changes nothing when it is called again, and says that the secret was not compared', async () => {
    await call(arguments_);
    const before = structuredClone(gitea.world.hooks);
    const { status, stdout } = await call(arguments_);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Nothing to do: webhook 1 of ann\/factory .*\n.*was not compared and not set/);
    expect(gitea.world.hooks).toEqual(before);
    expect(gitea.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
  });

  it('corrects a hook and keeps its branch filter, header, secret and further events', async () => {
    const kept = { branch_filter: 'main', authorization_header: 'Bearer hush', secret: 'old' };
    addHook({ ...rightHook(), ...kept, active: false, events: ['push', 'release'] });
    gitea.world.hooks.forEach((hook) => {
      hook.config.content_type = 'form';
    });
    const { status, stdout } = await call(arguments_);
    expect(status).toBe(0);
    expect(stdout).toContain('it is not active, its content type is form, it does not send delete');
    expect(stdout).toContain('was not compared and not set');
    expect(stdout).toContain('branch filter "main" was kept');
    expect(gitea.world.hooks).toMatchObject([
      {
        ...kept,
        active: true,
        config: { url: hookUrl, content_type: 'json' },
        events: ['delete', 'push', 'release'],
      },
    ]);
  });

  it('finds its hook on a later page', async () => {
    for (let n = 0; n < 60; n++) addHook({ config: { url: `http://other/${n}`, content_type: 'json' } });
    addHook(rightHook());
    const { stdout } = await call(arguments_);
    expect(stdout).toContain('Nothing to do: webhook 61');
    expect(gitea.world.hooks).toHaveLength(61);
  });

  it('names a second hook that calls the same address', async () => {
    addHook(rightHook());
    addHook(rightHook());
    expect((await call(arguments_)).stdout).toContain('The same address is also called by webhook 2');
  });

  it('reads the secret from standard input for -', async () => {
    const { status } = await call(['ann', 'factory', hookUrl, '-'], { stdin: `${secret}\n` });
    expect(status).toBe(0);
    expect(gitea.world.hooks[0]?.secret).toBe(secret);
  });

  it('takes the token from a command', async () => {
    const child = spawn(command, arguments_, {
      cwd,
      env: { PATH: process.env.PATH, GITEA_URL: gitea.url, GITEA_TOKEN_COMMAND: 'echo good-token' },
    });
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('shows no password or query of the address', async () => {
    const { stdout } = await call(['ann', 'factory', 'http://u:hush@x/hook?token=hush', secret]);
    expect(stdout).toContain('to http://x/hook.');
  });
});

describe('gitea_create_webhook ends with status 1', () => {
  it.each<[Misbehaviour, string]>([
    ['unauthorized', 'make a new one and set GITEA_TOKEN'],
    ['forbidden', 'DISABLE_WEBHOOKS'],
    ['forbidden', 'write:repository'],
    ['not-found', 'check owner and name'],
    ['html', 'the answer is not JSON (text/html, status 200). Set GITEA_URL'],
    ['bad-gateway', 'Gitea answered 502'],
    ['redirect', 'Gitea redirects to https://other.example/gitea. Set GITEA_URL'],
    ['quoting', 'no good'],
  ])('in mode %s and says "%s"', async (mode, advice) => {
    gitea.misbehave(/./, mode);
    const { status, stdout, stderr } = await call(arguments_);
    expect(stderr).toContain(advice);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it('when Gitea does not answer', { timeout: 20_000 }, async () => {
    gitea.misbehave(/./, 'hanging');
    const { status, stderr } = await call(arguments_);
    expect(stderr).toContain('no whole answer within 10 s');
    expect(status).toBe(1);
  });

  it('when nobody listens', async () => {
    await gitea.close();
    const { status, stderr } = await call(arguments_);
    expect(stderr).toContain('ECONNREFUSED');
    expect(status).toBe(1);
  });
});

describe('gitea_create_webhook ends with status 2', () => {
  it.each([
    ['no arguments', [], '4 arguments are needed, 0 given'],
    ['an argument too few', ['ann', 'factory', hookUrl], '4 arguments are needed, 3 given'],
    ['an argument too many', [...arguments_, 'hush'], '4 arguments are needed, 5 given'],
    ['no address', ['ann', 'factory', 'receiver', secret], '<url> is not an http:// or https:// address'],
    ['another owner than Gitea allows', ['..', 'factory', hookUrl, secret], '<owner> is ".."'],
    ['owner/repo in one', ['ann', 'ann/factory', hookUrl, secret], '<repo> is "ann/factory"'],
    ['an empty secret', ['ann', 'factory', hookUrl, ''], '<secret> is empty'],
    ['an empty standard input', ['ann', 'factory', hookUrl, '-'], '<secret> is empty'],
  ])('for %s, with the usage', async (_what, args, message) => {
    const { status, stdout, stderr } = await call(args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: gitea_create_webhook <owner> <repo> <url> <secret>');
    expect({ status, stdout, requests: gitea.requests }).toEqual({ status: 2, stdout: '', requests: [] });
  });

  it('without GITEA_URL or GITEA_TOKEN, and with a configuration that is wrong', async () => {
    const env = { PATH: process.env.PATH };
    const child = spawn(command, arguments_, { cwd, env });
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(stderr).toContain('GITEA_URL and GITEA_TOKEN must be set');
    expect(status).toBe(2);
    const wrong = await call(arguments_, { env: { PORT: 'x' } });
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('PORT: found "x"') });
  });

  it('but with 0 for --help', async () => {
    const { status, stdout } = await call(['--help']);
    expect(stdout).toMatch(/^Usage: gitea_create_webhook/);
    expect(status).toBe(0);
  });
});
