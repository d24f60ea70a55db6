import { describe, expect, it } from 'vitest';
import { type KnownHook, repositoriesOf, type SeenRepository } from '../../src/health/repositories.ts';

const at = new Date('2026-02-03T04:05:06Z');
const seen = (id: number, fullName: string, byWebhook = true): SeenRepository => ({
  id,
  fullName,
  lastPushAt: at,
  byWebhook,
});
const hook = (repositoryId: number, state: KnownHook['state'] = 'installed'): KnownHook => ({
  state,
  scope: 'repository',
  owner: 'acme',
  name: `app-${repositoryId}`,
  repositoryId,
});
const organisation = (owner: string, state: KnownHook['state'] = 'installed'): KnownHook => ({
  state,
  scope: 'organisation',
  owner,
  name: null,
  repositoryId: null,
});

const statesOf = (...args: Parameters<typeof repositoriesOf>) =>
  Object.fromEntries(repositoriesOf(...args).map(({ fullName, hook: state }) => [fullName, state]));

describe('the repositories of the health report', () => {
  it('are seen, installed, removed or unknown', () => {
    const states = statesOf(
      [seen(1, 'acme/app-1'), seen(2, 'acme/app-2'), seen(3, 'acme/app-3'), seen(4, 'acme/app-4', false)],
      [hook(1), hook(2, 'removed')],
    );
    expect(states).toEqual({
      'acme/app-1': 'installed',
      'acme/app-2': 'removed',
      'acme/app-3': 'seen',
      'acme/app-4': 'unknown',
    });
  });

  it('include those that have a hook and no push yet, last', () => {
    expect(repositoriesOf([seen(1, 'acme/app-1')], [hook(2), hook(1)])).toEqual([
      { fullName: 'acme/app-1', lastPushAt: at.toISOString(), hook: 'installed' },
      { fullName: 'acme/app-2', lastPushAt: null, hook: 'installed' },
    ]);
  });

  it('are covered by a hook of their owner, whatever its case, or of the instance', () => {
    const repositories = [seen(1, 'Acme/app-1'), seen(2, 'bob/own')];
    expect(statesOf(repositories, [organisation('acme')])).toEqual({
      'Acme/app-1': 'installed',
      'bob/own': 'seen',
    });
    expect(statesOf(repositories, [organisation('acme', 'removed')])['Acme/app-1']).toBe('seen');
    const system: KnownHook = {
      state: 'installed',
      scope: 'system',
      owner: null,
      name: null,
      repositoryId: null,
    };
    expect(statesOf(repositories, [system])).toEqual({ 'Acme/app-1': 'installed', 'bob/own': 'installed' });
  });

  it('keep their hook under another name, and while another one of theirs is removed', () => {
    expect(statesOf([seen(1, 'new-owner/new-name')], [hook(1)])).toEqual({
      'new-owner/new-name': 'installed',
    });
    expect(statesOf([seen(1, 'acme/app-1')], [hook(1), hook(1, 'removed')])).toEqual({
      'acme/app-1': 'installed',
    });
  });
});
