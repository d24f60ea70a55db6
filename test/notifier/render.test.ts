import { describe, expect, it } from 'vitest';
import type { PushEnriched } from '../../src/events/push-enriched.ts';
import type { PushReceived } from '../../src/events/push-received.ts';
import { knownPush } from '../../src/notifier/known-push.ts';
import { render } from '../../src/notifier/render.ts';
import { announced } from './support/announced.ts';
import { commit, commits, push, sha } from './support/facts.ts';

/** One push as a message shows it. */
function shown(fact: PushReceived, told: Partial<PushEnriched> | null = null) {
  return render([knownPush(announced(fact, told))], { commits: 5, lean: false, pushes: 1 });
}

const headlineOf = (change: Partial<PushReceived>, told: Partial<PushEnriched> | null = null) =>
  shown(push(change), told).plain.split('\n')[0];

describe('the headline', () => {
  it.each([
    ['[widgets] Ada L pushed 1 commit to main', {}],
    ['[widgets] Ada L pushed 3 commits to main', { commits: commits(3) }],
    ['[widgets] Ada L pushed 12 commits to main', { commits: commits(5), totalCommits: 12 }],
    ['[widgets] Ada L pushed at least 10 commits to main', { totalCommits: 10, totalIsFloor: true }],
    ['[widgets] Ada L moved main to aaaaaaa', { commits: [] }],
    [
      '[widgets] Ada L created branch topic with 1 commit',
      { kind: 'created', branch: 'topic', ref: 'refs/heads/topic' },
    ],
    [
      '[widgets] Ada L created branch topic with at least 10 commits',
      { kind: 'created', branch: 'topic', totalCommits: 10, totalIsFloor: true },
    ],
    ['[widgets] Ada L created branch up', { kind: 'created', branch: 'up', commits: [] }],
    ['[widgets] Ada L deleted branch topic', { kind: 'deleted', branch: 'topic', before: null, commits: [] }],
    ['[widgets] Ada L rewound main to aaaaaaa', { kind: 'rewound', commits: [] }],
    [
      '[widgets] Ada L created tag v1.0.0',
      { kind: 'created', refKind: 'tag', ref: 'refs/tags/v1.0.0', branch: null, commits: [] },
    ],
    [
      '[widgets] Ada L deleted tag v1.0.0',
      { kind: 'deleted', refKind: 'tag', ref: 'refs/tags/v1.0.0', branch: null, commits: [] },
    ],
    [
      '[widgets] Ada L created refs/notes/commits',
      { kind: 'created', refKind: 'other', ref: 'refs/notes/commits', branch: null, commits: [] },
    ],
  ] as const)('says "%s"', (headline, change) => {
    expect(headlineOf({ ...change, commits: [...('commits' in change ? change.commits : [commit()])] })).toBe(
      headline,
    );
  });

  it.each([
    [
      '[widgets] Ada L force-pushed 12 commits to main',
      {},
      { totalCommits: 12, forced: true, commits: commits(12) },
    ],
    [
      '[widgets] Ada L pushed 30 commits to main',
      { totalCommits: 10, totalIsFloor: true },
      { totalCommits: 30 },
    ],
    ['[widgets] Ada L pushed at least 250 commits to main', {}, { commits: commits(250), truncated: true }],
    ['[widgets] Ada L force-pushed main to aaaaaaa', { commits: [] }, { forced: true }],
    ['[widgets] Ada L rewound main to aaaaaaa', { commits: [], kind: 'rewound' }, { forced: true }],
    ['[widgets] Ada L moved main to aaaaaaa', { commits: [], kind: 'rewound' }, { forced: false }],
  ] as const)('says "%s" when Gitea has told more', (headline, change, told) => {
    expect(
      headlineOf(
        { ...change, commits: 'commits' in change ? [] : [commit()] },
        { ...told, commits: 'commits' in told ? [...told.commits] : [] },
      ),
    ).toBe(headline);
  });

  it.each([
    [
      '[widgets] Ada L pushed 1 commit to main (recovered, pushed 2026-02-03 02:05 UTC)',
      { pushedAt: '2026-02-03T04:05:06+02:00' },
    ],
    ['[widgets] Ada L pushed 1 commit to main (recovered)', {}],
    [
      '[widgets] someone pushed 1 commit to main (recovered, perhaps several pushes)',
      { pusher: null, recovered: { from: 'comparison', collapsed: true, until: '2026-02-03T04:05:06Z' } },
    ],
    [
      '[widgets] Ada L pushed 1 commit to main (recovered, pushed 2026-02-03 02:05 UTC, perhaps several pushes)',
      {
        pushedAt: '2026-02-03T04:05:06+02:00',
        recovered: { from: 'feed', collapsed: true, until: '2026-02-03T04:05:06Z' },
      },
    ],
  ] as const)('says "%s" of a push that recovery found', (headline, change) => {
    expect(headlineOf({ source: 'recovery', deliveryId: null, ...change })).toBe(headline);
  });

  it('names the login where the account has no full name, and someone where there is no account', () => {
    expect(headlineOf({ pusher: { id: 1, login: 'ada', fullName: ' ' } })).toContain('] ada pushed');
    expect(headlineOf({ pusher: null })).toContain('] someone pushed');
  });
});

describe('the commit list', () => {
  it('shows the newest five commits, newest first, and counts the others', () => {
    const { plain, html } = shown(push({ commits: commits(5), totalCommits: 12 }));
    const lines = plain.split('\n').slice(1);
    expect(lines[0]).toMatch(/^0000000 change 5 — Ada L https:\/\/gitea\.test\/acme\/widgets\/commit\/0+5$/);
    expect(lines[4]).toContain('change 1 ');
    expect(lines[5]).toBe('and 7 more');
    expect(lines[6]).toMatch(/^https:\/\/gitea\.test\/acme\/widgets\/compare\//);
    expect(html.match(/<li>/g)).toHaveLength(6);
  });

  it('is no list where there is one commit: it stands right under the headline', () => {
    const { plain, html } = shown(push());
    expect(plain.split('\n').slice(1)).toEqual([
      `aaaaaaa add a thing — Ada L https://gitea.test/acme/widgets/commit/${sha('a')}`,
    ]);
    expect(html).toContain('</a><br><a href=');
    expect(html).not.toContain('<ul>');
  });

  it('is what Gitea told later, where the delivery had fewer', () => {
    const { plain } = shown(push({ commits: commits(5), totalCommits: 7 }), {
      commits: commits(7),
      totalCommits: 7,
    });
    expect(plain).toContain('change 7 ');
    expect(plain).toContain('and 2 more');
  });

  it('links the repository, the branch, the commits and the comparison', () => {
    const { html } = shown(push({ branch: 'feature/a b', commits: [commit()] }));
    expect(html).toContain('[<a href="https://gitea.test/acme/widgets">widgets</a>]');
    expect(html).toContain(
      '<a href="https://gitea.test/acme/widgets/src/branch/feature/a%20b">feature/a b</a>',
    );
    expect(html).toContain(
      `<a href="https://gitea.test/acme/widgets/commit/${sha('a')}"><code>aaaaaaa</code></a>`,
    );
    expect(html).toContain(`/compare/${sha('b')}...${sha('a')}">1 commit</a>`);
  });

  it.each(['https://gitea.test/', `https://gitea.test/acme/widgets/compare/${sha('0')}...${sha('a')}`])(
    'does not link %s, which compares nothing',
    (compareUrl) => {
      const { plain, html } = shown(push({ compareUrl }));
      expect(plain.split('\n')).not.toContain(compareUrl);
      expect(html).not.toContain(`"${compareUrl}"`);
    },
  );

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'https://gitea.test@evil.test/',
    'not a url',
    `https://x/${'a'.repeat(2000)}`,
  ])('never links %s', (url) => {
    const hostile = push({
      compareUrl: url,
      repository: { ...push().repository, url },
      commits: [commit({ url })],
    });
    const { plain, html } = shown(hostile);
    expect(html).not.toContain('href');
    expect(plain).not.toContain(url);
  });
});
