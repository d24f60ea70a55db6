import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { deliver } from '../../src/demo/deliver.ts';
import { readFixture } from '../../src/demo/deliveries.ts';
import { useMachine } from '../support/service-process-fixture.ts';

const machine = useMachine();
const patience = { timeout: 30_000 };
const body = readFixture('push-12-commits-capped-5');
const headline = '[widgets] Ada L pushed 12 commits to main';

test('from an empty directory to the first message, and again', { timeout: 120_000 }, async () => {
  const secretPath = join(machine.dataDir, 'webhook-secret');
  const first = await machine.serve();
  const hook = `${first.address}/webhook/gitea`;

  // What to enter in Gitea, with the place of the secret.
  await vi.waitFor(() => expect(first.stderr()).toContain('a real push is the test'), patience);
  for (const said of [hook, 'application/json', 'Push, and Delete', secretPath]) {
    expect(first.stderr()).toContain(said);
  }
  const secret = (await readFile(secretPath, 'utf8')).trim();
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect((await stat(secretPath)).mode & 0o777).toBe(0o600);

  // A delivery that is signed with it, and no other, is taken.
  expect(await deliver(hook, { body, event: 'push', secret })).toMatchObject({
    status: 200,
    word: 'accepted',
  });
  expect(await deliver(hook, { body, event: 'push', secret: 'another' })).toMatchObject({ status: 401 });
  await vi.waitFor(() => expect(first.stderr()).toContain(headline), patience);

  expect(await machine.postgresPid()).not.toBeNull();
  const ended = await first.end('SIGTERM');
  expect(ended).toMatchObject({ status: 0, signal: null });
  expect(await machine.postgresPid()).toBeNull();
  expect(ended.stdout + ended.stderr).not.toContain(secret);

  const second = await machine.serve();
  expect(await deliver(`${second.address}/webhook/gitea`, { body, event: 'push', secret })).toMatchObject({
    status: 200,
    word: 'duplicate',
  });
  const health = await (await fetch(`${second.address}/webhook/health`)).json();
  expect(health).toMatchObject({ status: 'ok', repos: [{ fullName: 'acme/widgets' }] });
  const endedAgain = await second.end('SIGTERM');
  expect(endedAgain).toMatchObject({ status: 0, signal: null });
  expect(endedAgain.stderr).not.toContain('Target URL');
  expect(endedAgain.stderr).not.toContain(headline);
  expect(endedAgain.stdout + endedAgain.stderr).not.toContain(secret);
  expect((await readFile(secretPath, 'utf8')).trim()).toBe(secret);
});

test('a secret that is configured is used, and none is made', { timeout: 60_000 }, async () => {
  const secret = 'chosen-by-the-operator';
  const service = await machine.serve({ GITEA_WEBHOOK_SECRET: secret });
  const answer = await deliver(`${service.address}/webhook/gitea`, { body, event: 'push', secret });
  expect(answer).toMatchObject({ status: 200, word: 'accepted' });
  const ended = await service.end('SIGTERM');
  expect(ended.stderr).not.toContain('Target URL');
  expect(ended.stdout + ended.stderr).not.toContain(secret);
  await expect(stat(join(machine.dataDir, 'webhook-secret'))).rejects.toMatchObject({ code: 'ENOENT' });
});
