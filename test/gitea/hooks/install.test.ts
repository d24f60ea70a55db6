import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { findTargets, type WantedTargets } from '../../../src/gitea/hooks/find-targets.ts';
import { installHooks } from '../../../src/gitea/hooks/install.ts';
import type { KnownHook } from '../../../src/gitea/hooks/known-hooks.ts';
import { removeHooks } from '../../../src/gitea/hooks/remove.ts';
import { CodedError } from '../../../src/runtime/errors.ts';
import type { Misbehaviour } from '../../support/gitea/misbehaviour.ts';
import {
  createHookSetup,
  type HookSetup,
  hookUrl,
  nextSecret,
  oldSecret,
  wanted,
} from '../support/hook-setup.ts';

let setup: HookSetup;
beforeEach(async () => {
  setup = await createHookSetup();
});
afterEach(() => setup.close());

async function install(names: readonly string[], level: WantedTargets['level'] = 'repository', options = {}) {
  const { targets, others } = await findTargets(setup.tools.client, { names, level });
  return [...(await installHooks(setup.tools, targets, wanted, oldSecret, options)), ...others];
}

function createRepositories(count: number): void {
  for (let n = 1; n <= count; n++)
    setup.gitea.world.createRepository('acme', `app-${String(n).padStart(4, '0')}`);
}

const resultsOf = (outcomes: readonly { target: string; result: string }[]) =>
  Object.fromEntries(outcomes.map(({ target, result }) => [target, result]));

describe('installing hooks', () => {
  it('on 35 repositories, twice: the second time changes and records nothing', async () => {
    createRepositories(35);
    const first = await install(['acme']);
    expect(first).toHaveLength(35);
    expect(new Set(first.map(({ result }) => result))).toEqual(new Set(['created']));
    const hooks = structuredClone(setup.gitea.world.hooks);
    expect(hooks).toHaveLength(35);
    for (const hook of hooks) {
      expect(hook).toMatchObject({
        active: true,
        events: ['delete', 'push'],
        config: { url: hookUrl, content_type: 'json' },
        secret: oldSecret.secret.reveal(),
      });
    }
    setup.gitea.requests.length = 0;
    const second = await install(['acme']);
    expect(new Set(second.map(({ result }) => result))).toEqual(new Set(['unchanged']));
    expect(setup.gitea.world.hooks).toEqual(hooks);
    expect(setup.gitea.requests.every(({ method }) => method === 'GET')).toBe(true);
    const events = await setup.events();
    expect(events).toHaveLength(35);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['HookInstalled']));
  });

  it('on 1,000 repositories, over all pages', { timeout: 60_000 }, async () => {
    createRepositories(1_000);
    const outcomes = await install(['acme']);
    expect(outcomes.filter(({ result }) => result === 'created')).toHaveLength(1_000);
    expect(setup.gitea.world.hooks).toHaveLength(1_000);
    expect(await setup.events()).toHaveLength(1_000);
  });

  it('takes those of a pattern, and leaves archived ones out and says so', async () => {
    createRepositories(3);
    setup.gitea.world.createRepository('acme', 'app-old', { archived: true });
    setup.gitea.world.createRepository('acme', 'other');
    const outcomes = await install(['acme/APP-*', 'acme/app-0001', 'acme/none-*']);
    expect(resultsOf(outcomes)).toEqual({
      'acme/app-0001': 'created',
      'acme/app-0002': 'created',
      'acme/app-0003': 'created',
      'acme/app-old': 'skipped',
      'acme/none-*': 'skipped',
    });
    expect(outcomes.find(({ target }) => target === 'acme/app-old')?.detail).toContain('archived');
  });

  it('makes one hook for an organisation, for the user, or for the instance', async () => {
    await install(['acme'], 'organisation');
    await install([], 'user');
    await install([], 'system');
    expect(await install(['acme'], 'organisation')).toMatchObject([{ result: 'unchanged' }]);
    expect(await install([], 'system')).toMatchObject([{ result: 'unchanged' }]);
    expect(setup.gitea.world.hooks.map(({ scope }) => scope.kind)).toEqual([
      'organisation',
      'user',
      'system',
    ]);
    expect((await setup.events()).map(({ data }) => data.place)).toEqual([
      { kind: 'organisation', owner: 'acme' },
      { kind: 'user', owner: 'ada' },
      { kind: 'system' },
    ]);
  });

  it('does not take a hook that new repositories get for one of the instance', async () => {
    setup.gitea.world.addHook(
      { kind: 'default' },
      { active: true, events: wanted.events, config: { url: hookUrl, content_type: 'json' } },
    );
    expect(await install([], 'system')).toMatchObject([{ result: 'created' }]);
  });

  it('reports each that failed and goes on with the others', async () => {
    createRepositories(5);
    const how: Misbehaviour[] = ['forbidden', 'not-found', 'html', 'server-error'];
    for (const [n, each] of how.entries()) setup.gitea.misbehave(new RegExp(`/app-000${n + 1}/hooks`), each);
    const outcomes = await install(['acme', 'nobody', 'acme/absent']);
    expect(outcomes.map(({ result }) => result)).toEqual([
      'failed',
      'failed',
      'failed',
      'failed',
      'created',
      'failed',
      'failed',
    ]);
    const details = outcomes.map(({ detail }) => detail);
    expect(details[0]).toContain('write:repository');
    expect(details[1]).toContain('check owner and name');
    expect(details[2]).toContain('not JSON');
    expect(details[3]).toContain('Gitea answered 500');
    expect(details[5]).toContain('no user or organisation nobody');
    expect(details[6]).toContain('There is no repository acme/absent');
    setup.gitea.behave();
    expect(new Set((await install(['acme'])).map(({ result }) => result))).toEqual(
      new Set(['created', 'unchanged']),
    );
    expect(setup.gitea.world.hooks).toHaveLength(5);
  });

  it('gives up on all when the token is refused', async () => {
    createRepositories(35);
    setup.gitea.misbehave(/hooks/, 'unauthorized');
    const outcomes = await install(['acme']);
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['failed']));
    expect(outcomes.at(-1)?.detail).toContain('not tried: Gitea refused');
    expect(setup.gitea.requests.filter(({ path }) => path.endsWith('/hooks')).length).toBeLessThanOrEqual(8);
  });

  it('waits where Gitea has had too many requests', async () => {
    createRepositories(10);
    setup.gitea.misbehave(/hooks/, 'too-many', 5);
    expect(new Set((await install(['acme'])).map(({ result }) => result))).toEqual(new Set(['created']));
    expect(setup.gitea.world.hooks).toHaveLength(10);
  });

  it('changes nothing in a dry run', async () => {
    createRepositories(2);
    expect(resultsOf(await install(['acme'], 'repository', { dryRun: true }))).toEqual({
      'acme/app-0001': 'created',
      'acme/app-0002': 'created',
    });
    expect(setup.gitea.world.hooks).toEqual([]);
    expect(await setup.events()).toEqual([]);
  });

  it('records a hook that was made by a command which was killed before it could', async () => {
    createRepositories(1);
    const { tools } = setup;
    const dying: EventStore = {
      ...tools.log.store,
      append: () => Promise.reject(new CodedError('STORE_UNAVAILABLE')),
      readStreams: async () => [],
    };
    const { targets } = await findTargets(tools.client, { names: ['acme'], level: 'repository' });
    const killed = { ...tools, log: { ...tools.log, store: dying } };
    expect(await installHooks(killed, targets, wanted, oldSecret)).toMatchObject([{ result: 'failed' }]);
    expect(setup.gitea.world.hooks).toHaveLength(1);
    expect(await install(['acme'])).toMatchObject([{ result: 'unchanged' }]);
    expect(setup.gitea.world.hooks).toHaveLength(1);
    expect((await setup.events()).map(({ data }) => data)).toMatchObject([
      { change: 'found', secret: null, sequence: 0 },
    ]);
  });

  it('says when an existing hook signs with another secret of ours', async () => {
    createRepositories(1);
    await install(['acme']);
    const { targets } = await findTargets(setup.tools.client, { names: ['acme'], level: 'repository' });
    const [outcome] = await installHooks(setup.tools, targets, wanted, nextSecret);
    expect(outcome).toMatchObject({
      result: 'unchanged',
      detail: expect.stringContaining('its secret is generated'),
    });
  });

  it('never writes the secret into the log', async () => {
    createRepositories(1);
    await install(['acme']);
    expect(JSON.stringify((await setup.events()).map(({ data }) => data))).not.toContain(
      oldSecret.secret.reveal(),
    );
  });

  it.each(['', '..', 'acme/..', 'a/b/c', 'acme/', '/app', 'a b'])('refuses the name %j', async (name) => {
    await expect(install([name])).rejects.toMatchObject({ code: 'USAGE' });
    expect(setup.gitea.requests).toEqual([]);
  });
});

it('a Gitea before 1.24 is not asked for a hook of the instance', async () => {
  const old = await createHookSetup({ version: '1.22.3' });
  const search = findTargets(old.tools.client, { names: [], level: 'system' });
  await expect(search).rejects.toThrow(/Gitea 1\.22\.3 cannot .*System Webhooks/);
  await old.close();
});

describe('removing hooks', () => {
  it('takes those of our address away and no others, once', async () => {
    createRepositories(2);
    await install(['acme']);
    const [repository] = setup.gitea.world.repositories.values();
    setup.gitea.world.addHook(
      { kind: 'repository', repositoryId: repository?.id ?? 0 },
      { config: { url: 'http://ci.example' } },
    );
    const { targets } = await findTargets(setup.tools.client, { names: ['acme'], level: 'repository' });
    expect(await removeHooks(setup.tools, targets, hookUrl, [])).toMatchObject([
      { result: 'removed' },
      { result: 'removed' },
    ]);
    expect(await removeHooks(setup.tools, targets, hookUrl, [])).toMatchObject([
      { result: 'unchanged' },
      { result: 'unchanged' },
    ]);
    expect(setup.gitea.world.hooks.map(({ config }) => config.url)).toEqual(['http://ci.example']);
    const events = await setup.events();
    expect(events.map(({ type }) => type)).toEqual([
      'HookInstalled',
      'HookInstalled',
      'HookRemoved',
      'HookRemoved',
    ]);
  });

  it('records one that somebody took away in Gitea', async () => {
    createRepositories(1);
    await install(['acme']);
    const [event] = await setup.events();
    const [repository] = setup.gitea.world.repositories.values();
    const known: KnownHook = {
      hookId: event?.data.hookId ?? 0,
      scope: 'repository',
      owner: 'acme',
      name: 'app-0001',
      repositoryId: repository?.id ?? 0,
      url: hookUrl,
      secret: 'generated',
    };
    setup.gitea.world.hooks.length = 0;
    const { targets } = await findTargets(setup.tools.client, { names: ['acme'], level: 'repository' });
    const [outcome] = await removeHooks(setup.tools, targets, hookUrl, [known]);
    expect(outcome).toMatchObject({ result: 'unchanged', detail: 'it was gone already' });
    expect((await setup.events()).at(-1)).toMatchObject({
      type: 'HookRemoved',
      data: { change: 'gone', sequence: 1 },
    });
  });
});
