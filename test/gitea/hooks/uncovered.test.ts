import { expect, it } from 'vitest';
import type { KnownHook } from '../../../src/gitea/hooks/known-hooks.ts';
import type { HookTarget } from '../../../src/gitea/hooks/target.ts';
import { uncovered } from '../../../src/gitea/hooks/uncovered.ts';

const lastPushAt = new Date(0);
const repository = (id: number): HookTarget => ({
  kind: 'repository',
  repository: {
    id,
    owner: 'acme',
    name: `app-${id}`,
    fullName: `acme/app-${id}`,
    defaultBranch: 'main',
    archived: false,
    empty: false,
    mirror: false,
  },
});
const calling = (id: number, fullName = `acme/app-${id}`) => ({ id, fullName, lastPushAt });
const known = (
  scope: KnownHook['scope'],
  owner: string | null,
  repositoryId: number | null = null,
): KnownHook => ({
  hookId: 1,
  scope,
  owner,
  name: repositoryId === null ? null : `app-${repositoryId}`,
  repositoryId,
  url: 'http://x',
  secret: 'generated',
});

it('a repository that calls us and has no new hook may still use the old secret', () => {
  expect(uncovered([repository(1)], [], [calling(1), calling(2)])).toEqual(['acme/app-2']);
  expect(uncovered([repository(1)], [], [calling(1, 'other/name-since')])).toEqual([]);
});

it('a new hook of the owner or the instance covers what has no hook of its own', () => {
  expect(uncovered([{ kind: 'organisation', owner: 'ACME' }], [], [calling(1), calling(2)])).toEqual([]);
  expect(uncovered([{ kind: 'system' }], [], [calling(1), calling(2, 'bob/own')])).toEqual([]);
});

it('a hook of a repository keeps its secret, whatever the one further up has', () => {
  expect(uncovered([{ kind: 'system' }], [known('repository', 'acme', 1)], [])).toEqual(['acme/app-1']);
  expect(uncovered([repository(1)], [known('organisation', 'acme'), known('system', null)], [])).toEqual([
    'organisation acme',
    'system',
  ]);
});
