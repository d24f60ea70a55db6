import { describe, expect, it } from 'vitest';
import type { PushReceived } from '../../src/events/push-received.ts';
import type { AnnouncedPush } from '../../src/notifier/announced-push.ts';
import { knownPush } from '../../src/notifier/known-push.ts';
import { render } from '../../src/notifier/render.ts';
import { announced } from './support/announced.ts';
import { commit, commits, push, sha } from './support/facts.ts';

const plainOf = (pushes: readonly AnnouncedPush[]) =>
  render(pushes.map(knownPush), { commits: 5, lean: false, pushes: pushes.length }).plain.split('\n');

const bob = { id: 2, login: 'bob', fullName: '' };
const inRepository = (id: number, fullName: string, change: Partial<PushReceived> = {}) =>
  announced(push({ repository: { ...push().repository, id, fullName }, ...change }));
const toBranch = (branch: string, change: Partial<PushReceived> = {}) =>
  announced(push({ branch, ref: `refs/heads/${branch}`, ...change }));

describe('several pushes to one repository', () => {
  it('are summed up where one person pushed to one branch', () => {
    const three = [push(), push({ commits: commits(4) }), push({ commits: commits(2) })];
    expect(plainOf(three.map((each) => announced(each)))[0]).toBe(
      '[widgets] Ada L pushed 7 commits to main in 3 pushes',
    );
  });

  it('have at least as many commits as are known', () => {
    const pushes = [push(), push({ totalCommits: 10, totalIsFloor: true })];
    expect(plainOf(pushes.map((each) => announced(each)))[0]).toBe(
      '[widgets] Ada L pushed at least 11 commits to main in 2 pushes',
    );
  });

  it.each([
    ['[widgets] 2 pushes: Ada L and bob on main', [announced(push()), announced(push({ pusher: bob }))]],
    ['[widgets] 2 pushes: Ada L on main and topic', [announced(push()), toBranch('topic')]],
    [
      '[widgets] 4 pushes: Ada L on a, b and 2 others',
      ['a', 'b', 'c', 'd'].map((branch) => toBranch(branch)),
    ],
    [
      '[widgets] 2 pushes: Ada L on main',
      [announced(push()), announced(push({ kind: 'rewound', commits: [] }))],
    ],
    [
      '[widgets] Ada L pushed 2 commits to main in 2 pushes, 1 of them forced',
      [announced(push()), announced(push(), { forced: true })],
    ],
    [
      '[widgets] 2 pushes: Ada L and someone on main, 1 of them recovered',
      [announced(push()), announced(push({ source: 'recovery', pusher: null }))],
    ],
  ])('say "%s"', (headline, pushes) => {
    expect(plainOf(pushes)[0]).toBe(headline);
  });

  it('have a line each, in order, with their commits', () => {
    const lines = plainOf([
      announced(push()),
      announced(push({ commits: commits(2) })),
      announced(push({ kind: 'deleted', branch: 'topic', ref: 'refs/heads/topic', commits: [], head: null })),
    ]);
    const compare = `https://gitea.test/acme/widgets/compare/${sha('b')}...${sha('a')}`;
    expect(lines.slice(1)).toEqual([
      `- Ada L pushed 1 commit to main: aaaaaaa add a thing — Ada L https://gitea.test/acme/widgets/commit/${sha('a')}`,
      `- Ada L pushed 2 commits to main ${compare}`,
      expect.stringMatching(/^ {2}- 0000000 change 2 — Ada L https:/),
      expect.stringMatching(/^ {2}- 0000000 change 1 — Ada L https:/),
      '- Ada L deleted branch topic',
    ]);
  });
});

describe('pushes to several repositories', () => {
  it('have a section for each, in the order of their first pushes', () => {
    const lines = plainOf([
      inRepository(1, 'acme/b'),
      inRepository(2, 'acme/a'),
      inRepository(1, 'acme/b', { commits: [commit({ message: 'second' })] }),
    ]);
    expect(lines[0]).toBe('3 pushes to 2 repositories');
    expect(lines[1]).toBe('- [b] Ada L pushed 2 commits to main in 2 pushes');
    expect(lines[2]).toContain('  - Ada L pushed 1 commit to main: aaaaaaa add a thing');
    expect(lines[3]).toContain('  - Ada L pushed 1 commit to main: aaaaaaa second');
    expect(lines[4]).toContain('- [a] Ada L pushed 1 commit to main: aaaaaaa add a thing');
    expect(lines).toHaveLength(5);
  });

  it('name the owner where two repositories have one name', () => {
    const lines = plainOf([inRepository(1, 'acme/x'), inRepository(2, 'bob/x'), inRepository(3, 'bob/y')]);
    expect(lines.slice(1).map((line) => line.split(']')[0])).toEqual(['- [acme/x', '- [bob/x', '- [y']);
  });
});
