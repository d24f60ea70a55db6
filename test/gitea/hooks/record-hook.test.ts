import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type InstalledHook,
  lastHookEvent,
  recordInstalled,
  recordRemoved,
} from '../../../src/gitea/hooks/record-hook.ts';
import { createHookSetup, type HookSetup, hookUrl } from '../support/hook-setup.ts';

let setup: HookSetup;
beforeEach(async () => {
  setup = await createHookSetup();
});
afterEach(() => setup.close());

const installed: InstalledHook = {
  instance: 'gitea.test',
  hookId: 7,
  place: { kind: 'repository', repositoryId: 42, owner: 'acme', name: 'widgets' },
  url: hookUrl,
  change: 'created',
  events: ['push', 'delete'],
  branchFilter: '',
  secret: 'generated',
};
const { change: _change, events: _events, branchFilter: _filter, secret: _secret, ...place } = installed;

it('the same hook is recorded once, whatever the order of its events and the name of its repository', async () => {
  const { log } = setup.tools;
  expect(await recordInstalled(log, installed)).toBe(true);
  expect(await recordInstalled(log, { ...installed, events: ['delete', 'push'] })).toBe(false);
  const renamed = { ...installed.place, name: 'gadgets' } as InstalledHook['place'];
  expect(await recordInstalled(log, { ...installed, place: renamed, change: 'found', secret: null })).toBe(
    false,
  );
  expect(await setup.events()).toHaveLength(1);
});

it('what changed is recorded behind it, and a known secret is kept', async () => {
  const { log } = setup.tools;
  await recordInstalled(log, installed);
  expect(
    await recordInstalled(log, { ...installed, change: 'changed', branchFilter: 'main', secret: null }),
  ).toBe(true);
  expect((await lastHookEvent(log.store, 7))?.data).toMatchObject({
    sequence: 1,
    branchFilter: 'main',
    secret: 'generated',
  });
});

it('an id that stands for another place, after Gitea was set up anew, starts with an unknown secret', async () => {
  const { log } = setup.tools;
  await recordInstalled(log, installed);
  await recordInstalled(log, {
    ...installed,
    place: { kind: 'organisation', owner: 'acme' },
    change: 'found',
    secret: null,
  });
  expect((await lastHookEvent(log.store, 7))?.data).toMatchObject({ sequence: 1, secret: null });
});

it('a hook is removed once, and may be installed again', async () => {
  const { log } = setup.tools;
  await recordInstalled(log, installed);
  expect(await recordRemoved(log, { ...place, change: 'removed' })).toBe(true);
  expect(await recordRemoved(log, { ...place, change: 'gone' })).toBe(false);
  expect(await recordInstalled(log, installed)).toBe(true);
  expect((await setup.events()).map(({ type }) => type)).toEqual([
    'HookInstalled',
    'HookRemoved',
    'HookInstalled',
  ]);
});

it('two commands at once lose neither what one nor what the other found', async () => {
  const { log } = setup.tools;
  const filters = ['', 'main', 'topic', 'release/*', 'a', 'b', 'c', 'd', 'e', 'f', 'g'];
  await Promise.all(filters.map((branchFilter) => recordInstalled(log, { ...installed, branchFilter })));
  const events = await setup.events();
  const found = events.flatMap((event) => (event.type === 'HookInstalled' ? [event.data.branchFilter] : []));
  expect(new Set(found)).toEqual(new Set(filters));
  expect(events.map(({ data }) => data.sequence).sort((a, b) => a - b)).toEqual(
    events.map((_, index) => index),
  );
});
