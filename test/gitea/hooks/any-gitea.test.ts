import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { createHook, listHooks } from '../../../src/gitea/api/hooks.ts';
import { getRepository, getRepositoryById } from '../../../src/gitea/api/repositories.ts';
import { getTokenUser } from '../../../src/gitea/api/user.ts';
import { getVersion } from '../../../src/gitea/api/version.ts';
import { GiteaClient } from '../../../src/gitea/client.ts';
import { findTargets } from '../../../src/gitea/hooks/find-targets.ts';
import { type HookTools, installHooks } from '../../../src/gitea/hooks/install.ts';
import { listOurHooks } from '../../../src/gitea/hooks/list.ts';
import { removeHooks } from '../../../src/gitea/hooks/remove.ts';
import { rotateSecret } from '../../../src/gitea/hooks/rotate-secret.ts';
import { sendTests } from '../../../src/gitea/hooks/send-test.ts';
import { createPostgresLog, type PostgresLog } from '../../event-store/support/postgres-log.ts';
import { type GiteaTarget, giteaTarget } from '../../support/gitea/target.ts';
import { hastyClock, nextSecret, oldSecret } from '../support/hook-setup.ts';

/** Nobody listens there: a real Gitea notes that its deliveries fail. */
const url = 'http://127.0.0.1:9/webhook/gitea';
const wanted = { url, events: ['push', 'delete'] };
const signal = new AbortController().signal;
const prefix = `pl-${randomBytes(3).toString('hex')}`;
const options = { timeout: 120_000 };

let gitea: GiteaTarget;
let log: PostgresLog;
let store: EventStore;
let client: GiteaClient;
let tools: HookTools;

beforeAll(async () => {
  [gitea, log] = await Promise.all([giteaTarget(), createPostgresLog()]);
  store = log.open();
  client = new GiteaClient({ baseUrl: gitea.url, token: gitea.token });
  tools = { client, log: { store, clock: hastyClock }, instance: 'gitea.test' };
  for (let n = 1; n <= 35; n++) await gitea.createRepository(`${prefix}-${n}`);
  await gitea.createRepository(`${prefix}-old`);
  await gitea.archive(`${prefix}-old`);
}, 120_000);
afterAll(async () => {
  await gitea.close();
  await log.close();
}, 120_000);

const find = () => findTargets(client, { names: [`${gitea.owner}/${prefix}-*`], level: 'repository' });

// In this order: each goes on from the one before it.
describe('any Gitea', () => {
  it('tells its version, the user of the token, and a repository by name and by id', options, async () => {
    expect(await getVersion(client)).toMatch(/^v?\d+\.\d+/);
    expect((await getTokenUser(client)).login).toBe(gitea.owner);
    const repository = await getRepository(client, { owner: gitea.owner, name: `${prefix}-1` });
    expect(repository).toMatchObject({
      name: `${prefix}-1`,
      archived: false,
      empty: false,
      defaultBranch: 'main',
    });
    expect(await getRepositoryById(client, repository.id)).toEqual(repository);
    expect(await getRepositoryById(client, 2_000_000_000)).toBeNull();
  });

  it(
    'has hooks on 35 repositories after the first time, and the same after the second',
    options,
    async () => {
      const { targets, others } = await find();
      expect(targets).toHaveLength(35);
      expect(others).toMatchObject([{ target: `${gitea.owner}/${prefix}-old`, result: 'skipped' }]);
      const first = await installHooks(tools, targets, wanted, oldSecret);
      expect(new Set(first.map(({ result }) => result))).toEqual(new Set(['created']));
      const second = await installHooks(tools, targets, wanted, oldSecret);
      expect(new Set(second.map(({ result }) => result))).toEqual(new Set(['unchanged']));
      expect(second.map(({ hookId }) => hookId)).toEqual(first.map(({ hookId }) => hookId));
    },
  );

  it('gets a hook corrected that was changed', options, async () => {
    const { targets } = await find();
    const [outcome] = await installHooks(
      tools,
      targets.slice(0, 1),
      { ...wanted, branchFilter: 'main' },
      oldSecret,
    );
    expect(outcome).toMatchObject({ result: 'changed' });
    const listed = (refused: ReadonlyMap<number, string>) =>
      listOurHooks(client, targets.slice(0, 1), url, { known: [], calling: [], refused }, { signal });
    expect(await listed(new Map())).toMatchObject([{ active: true, branchFilter: 'main', problem: null }]);
    const [target] = targets;
    const id = target?.kind === 'repository' ? target.repository.id : 0;
    expect(await listed(new Map([[id, 'PUSH_INVALID: ref']]))).toMatchObject([
      { problem: 'its last delivery was refused (PUSH_INVALID: ref)' },
    ]);
  });

  it('takes a test, a rotation, and the removal of every hook', options, async () => {
    const { targets } = await find();
    const few = targets.slice(0, 5);
    expect(new Set((await sendTests(client, few, url)).map(({ result }) => result))).toEqual(
      new Set(['tested']),
    );
    const rotated = await rotateSecret(tools, few, url, nextSecret, { graceMs: 0, signal });
    expect(new Set(rotated.map(({ result }) => result))).toEqual(new Set(['rotated']));
    const removed = await removeHooks(tools, targets, url, []);
    expect(new Set(removed.map(({ result }) => result))).toEqual(new Set(['removed']));
    expect(await listHooks(client, { kind: 'repository', owner: gitea.owner, name: `${prefix}-1` })).toEqual(
      [],
    );
  });

  it('lists more hooks than a page holds', options, async () => {
    const place = { kind: 'repository', owner: gitea.owner, name: `${prefix}-1` } as const;
    for (let n = 0; n < 60; n++)
      await createHook(client, place, { ...wanted, url: `${url}/${n}` }, oldSecret.secret);
    expect(await listHooks(client, place)).toHaveLength(60);
  });

  it('keeps one hook for all of a user', options, async () => {
    const { targets } = await findTargets(client, { names: [], level: 'user' });
    const hook = { ...wanted, url: `${url}/${prefix}` };
    expect(await installHooks(tools, targets, hook, oldSecret)).toMatchObject([{ result: 'created' }]);
    expect(await installHooks(tools, targets, hook, oldSecret)).toMatchObject([{ result: 'unchanged' }]);
    expect(await removeHooks(tools, targets, hook.url, [])).toMatchObject([{ result: 'removed' }]);
  });
});
