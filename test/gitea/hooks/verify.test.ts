import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { readGeneratedWebhookSecrets } from '../../../src/config/webhook-secret.ts';
import { installHooks } from '../../../src/gitea/hooks/install.ts';
import type { KnownHook } from '../../../src/gitea/hooks/known-hooks.ts';
import { type VerifyOptions, verifyHooks } from '../../../src/gitea/hooks/verify.ts';
import type { StoredHook } from '../../support/gitea/hooks.ts';
import { type HookedService, startHookedService } from '../support/hooked-service.ts';

let hooked: HookedService;
let isAllowed: (host: string) => boolean;
let hook: StoredHook;

beforeEach(async () => {
  isAllowed = () => true;
  hooked = await startHookedService({ sender: { isAllowedHost: (host) => isAllowed(host) } });
  hooked.gitea.world.createRepository('acme', 'widgets').push();
  await hooked.install();
  const [installed] = hooked.gitea.world.hooks;
  if (!installed) throw new Error('no hook was installed');
  hook = installed;
});
afterEach(() => hooked.stop());

async function verify(change: Partial<VerifyOptions> = {}) {
  const [secret] = readGeneratedWebhookSecrets(hooked.service.config.dataDir).accepted;
  if (!secret) throw new Error('the service made no secret');
  const repositories = (await hooked.targets()).flatMap((target) =>
    target.kind === 'repository' ? [target.repository] : [],
  );
  return verifyHooks(hooked.tools, repositories, {
    url: hooked.url,
    secret,
    known: [],
    patienceMs: 600,
    metricsOrigins: [hooked.service.address],
    signal: new AbortController().signal,
    ...change,
  });
}

/** Installs at another address, where something else answers. */
async function verifyAt(url: string) {
  hooked.gitea.world.removeHook(hook);
  const secret = { name: 'x', secret: new Secret('x-x-x-x-x-x-x-x-x') };
  await installHooks(hooked.tools, await hooked.targets(), { url, events: ['push', 'delete'] }, secret);
  return verify({ url });
}

describe('a hook', () => {
  it('is right when its test delivery is in the log', async () => {
    hooked.gitea.world.createRepository('acme', 'gadgets').push();
    await hooked.install();
    expect(await verify({ patienceMs: 10_000 })).toMatchObject([
      { target: 'acme/gadgets', state: 'ok', reason: 'arrived' },
      { target: 'acme/widgets', state: 'ok', reason: 'arrived' },
    ]);
  });

  it('whose deliveries Gitea refuses to send is one for ALLOWED_HOST_LIST', async () => {
    isAllowed = () => false;
    const [verified] = await verify();
    expect(verified).toMatchObject({ state: 'wrong', reason: 'allowed-host-list' });
    expect(verified?.text).toContain('adds 127.0.0.1 to ALLOWED_HOST_LIST');
    expect(verified?.text).toContain(`/acme/widgets/settings/hooks/${hook.id} shows`);
  });

  it('with another secret is told from one that does not come', async () => {
    hook.secret = 'another';
    expect(await verify()).toMatchObject([{ state: 'wrong', reason: 'wrong-secret' }]);
  });

  it('without a secret is told as such', async () => {
    hook.secret = '';
    expect(await verify()).toMatchObject([{ state: 'wrong', reason: 'no-secret' }]);
  });

  it('with another secret is found among others that come, and others that do not', async () => {
    for (const name of ['a-good', 'b-lost', 'c-wrong'])
      hooked.gitea.world.createRepository('acme', name).push();
    await hooked.install();
    const [, , lost, wrong] = hooked.gitea.world.hooks;
    Object.assign(lost ?? {}, { branch_filter: 'release/*' });
    Object.assign(wrong ?? {}, { secret: 'another' });
    expect((await verify()).map(({ target, reason }) => [target, reason])).toEqual([
      ['acme/a-good', 'arrived'],
      ['acme/b-lost', 'filtered'],
      ['acme/c-wrong', 'wrong-secret'],
      ['acme/widgets', 'arrived'],
    ]);
  });

  it('says that it may be the secret where the metrics cannot be read', async () => {
    hook.secret = 'another';
    const [verified] = await verify({ metricsOrigins: ['http://127.0.0.1:1'] });
    expect(verified).toMatchObject({ reason: 'allowed-host-list' });
    expect(verified?.text).toContain('or the secret is another one');
  });

  it('of an address where nothing answers is unreachable', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const [verified] = await verifyAt(`http://127.0.0.1:${port}/webhook/gitea`);
    expect(verified).toMatchObject({ state: 'wrong', reason: 'unreachable' });
    expect(verified?.text).toContain('ECONNREFUSED');
  });

  it('of an address that redirects is wrong, though Gitea calls it delivered', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(301, { location: hooked.url }).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [verified] = await verifyAt(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook/gitea`,
    );
    expect(verified).toMatchObject({ state: 'wrong', reason: 'redirected' });
    server.close();
    server.closeAllConnections();
  });

  it('of an address of something else is not ours', async () => {
    expect(await verifyAt(`${hooked.gitea.url}/webhook/gitea`)).toMatchObject([{ reason: 'not-ours' }]);
  });

  it('of a service with another secret than ours is told as such', async () => {
    hook.secret = 'another';
    const secret = { name: 'x', secret: new Secret('another') };
    const [verified] = await verify({ secret });
    expect(verified).toMatchObject({ reason: 'wrong-secret' });
    expect(verified?.text).toContain('same data directory');
  });

  it.each([
    [{ active: false }, 'inactive'],
    [{ events: ['delete'] }, 'push-not-sent'],
    [{ events: ['push'] }, 'delete-not-sent'],
    [{ events: [] }, 'push-not-sent'],
  ])('as %j is wrong: %s', async (change, reason) => {
    Object.assign(hook, change);
    expect(await verify()).toMatchObject([{ state: 'wrong', reason }]);
  });

  it('beside a second one, or one further up, is doubled', async () => {
    hooked.gitea.world.addHook(hook.scope, { ...hook });
    expect(await verify({ patienceMs: 10_000 })).toMatchObject([{ state: 'wrong', reason: 'doubled' }]);
    hooked.gitea.world.hooks.pop();
    const organisation: KnownHook = {
      hookId: 99,
      scope: 'organisation',
      owner: 'ACME',
      name: null,
      repositoryId: null,
      url: hooked.url,
      secret: null,
    };
    const [verified] = await verify({ known: [organisation], patienceMs: 10_000 });
    expect(verified).toMatchObject({ state: 'wrong', reason: 'doubled' });
    expect(verified?.text).toContain('hook 99 of organisation ACME');
  });

  it('that is missing is told, unless one further up covers the repository', async () => {
    hooked.gitea.world.removeHook(hook);
    expect(await verify()).toMatchObject([{ state: 'wrong', reason: 'missing' }]);
    const system = {
      hookId: 9,
      scope: 'system',
      owner: null,
      name: null,
      repositoryId: null,
      url: hooked.url,
      secret: null,
    } as const;
    expect(await verify({ known: [system] })).toMatchObject([{ state: 'untested', reason: 'missing' }]);
  });

  it('of an empty repository cannot be tested', async () => {
    const before = hooked.gitea.world.repository('acme', 'widgets');
    if (before) hooked.gitea.world.remove(before);
    hooked.gitea.world.createRepository('acme', 'fresh');
    await hooked.install();
    expect(await verify()).toMatchObject([{ target: 'acme/fresh', state: 'untested', reason: 'empty' }]);
  });

  it('that Gitea does not show us is a failure of its own, and the others are verified', async () => {
    hooked.gitea.world.createRepository('acme', 'gadgets').push();
    await hooked.install();
    hooked.gitea.misbehave(/widgets\/hooks/, 'forbidden');
    expect(await verify({ patienceMs: 10_000 })).toMatchObject([
      { target: 'acme/gadgets', state: 'ok' },
      {
        target: 'acme/widgets',
        state: 'failed',
        reason: 'gitea',
        text: expect.stringContaining('write:repository'),
      },
    ]);
  });
});
