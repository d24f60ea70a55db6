import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../src/events/ids.ts';
import { contentBytes, contentOf, maxContentBytes } from '../../src/notifier/content.ts';
import { render } from '../../src/notifier/render.ts';
import { commit, commits, push, sha } from './support/facts.ts';

const messageId = '11111111-1111-5111-8111-111111111111' as MessageId;
const headlineOf = (change: Parameters<typeof push>[0]) => render(push(change)).plain.split('\n')[0];

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

  it('names the login where the account has no full name, and someone where there is no account', () => {
    expect(headlineOf({ pusher: { id: 1, login: 'ada', fullName: ' ' } })).toContain('] ada pushed');
    expect(headlineOf({ pusher: null })).toContain('] someone pushed');
  });
});

describe('the commit list', () => {
  it('shows the newest five commits, newest first, and counts the others', () => {
    const { plain, html } = render(push({ commits: commits(5), totalCommits: 12 }));
    const lines = plain.split('\n').slice(1);
    expect(lines[0]).toMatch(/^0000000 change 5 — Ada L https:\/\/gitea\.test\/acme\/widgets\/commit\/0+5$/);
    expect(lines[4]).toContain('change 1 ');
    expect(lines[5]).toBe('and 7 more');
    expect(lines[6]).toMatch(/^https:\/\/gitea\.test\/acme\/widgets\/compare\//);
    expect(html.match(/<li>/g)).toHaveLength(6);
  });

  it('links the repository, the branch, the commits and the comparison', () => {
    const { html } = render(push({ branch: 'feature/a b', commits: [commit()] }));
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
      const { plain, html } = render(push({ compareUrl }));
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
    const { plain, html } = render(hostile);
    expect(html).not.toContain('href');
    expect(plain).not.toContain(url);
  });
});

describe('text from outside', () => {
  const firstCommitLine = (message: string) => render(push({ commits: [commit({ message })] }));

  it('is escaped in HTML and left as it is in plain text', () => {
    const { plain, html } = firstCommitLine(`<img src=x onerror="a('b')"> & co`);
    expect(html).toContain('&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt; &amp; co');
    expect(plain).toContain(`<img src=x onerror="a('b')"> & co`);
  });

  it('loses its control characters and its line ends', () => {
    const { plain } = render(
      push({
        pusher: { id: 1, login: 'x', fullName: 'Ada\n[bank] Eve\u0000\u001b[31m' },
        commits: [commit({ message: '\u0007ring\u2028bell\tnow\u009b' })],
      }),
    );
    expect(plain.split('\n')).toHaveLength(3);
    expect(plain).toContain('Ada [bank] Eve[31m pushed');
    expect(plain).toContain(' ring bell now — ');
  });

  it('cannot reorder what stands beside it', () => {
    const { plain, html } = firstCommitLine('\u202egnp.exe \u05e9\u05dc\u05d5\u05dd');
    for (const form of [plain, html]) {
      expect(form).not.toContain('\u202e');
      expect(form).toContain('\u2068gnp.exe \u05e9\u05dc\u05d5\u05dd\u2069');
    }
  });

  it('is cut between characters as people see them', () => {
    const family = '👨‍👩‍👧‍👦';
    const { plain } = firstCommitLine(family.repeat(100));
    const shown = plain.split('\n')[1] ?? '';
    expect(shown).toMatch(/^aaaaaaa (👨‍👩‍👧‍👦)+… — /u);
    expect(shown.isWellFormed()).toBe(true);
  });

  it('may be two megabytes long, in one line or in one character', () => {
    for (const message of ['x'.repeat(2_000_000), `e${'\u0301'.repeat(2_000_000)}`, '\n'.repeat(2_000_000)]) {
      const content = contentOf({ messageId, version: 1, push: push({ commits: [commit({ message })] }) });
      expect(contentBytes(content)).toBeLessThan(4_000);
    }
  });

  it('never becomes HTML, and never makes the content too large', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({
        unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', '\u0000', '\u202e', '👩‍👧', '\u05d0'),
      }),
      fc
        .tuple(fc.constantFrom('<', '"', '👩‍👧', '\ud800'), fc.integer({ min: 0, max: 9_000 }))
        .map(([unit, count]) => unit.repeat(count)),
    );
    const anyUrl = fc.oneof(
      anyText,
      anyText.map((text) => `https://gitea.test/${text}`),
      fc.constantFrom(`https://gitea.test/${'&'.repeat(970)}`, `https://gitea.test/${'\u00e9'.repeat(150)}`),
    );
    const anyCommit = fc
      .record({ message: anyText, name: anyText, url: anyUrl })
      .map(({ message, name, url }) => commit({ message, url, author: { name, email: '', username: name } }));
    const anyPush = fc
      .record({
        list: fc.array(anyCommit, { maxLength: 7 }),
        name: anyText,
        url: anyUrl,
        kind: fc.constantFrom('created', 'updated', 'rewound', 'deleted'),
        refKind: fc.constantFrom('branch', 'tag', 'other'),
      })
      .map(({ list, name, url, kind, refKind }) =>
        push({
          commits: list,
          totalCommits: list.length,
          branch: refKind === 'branch' ? name : null,
          ref: name,
          refKind,
          kind,
          compareUrl: url,
          pusher: { id: 1, login: name, fullName: name },
          repository: { id: 1, owner: name, name, fullName: `${name}/${name}`, url },
        }),
      );

    fc.assert(
      fc.property(anyPush, (fact) => {
        const content = contentOf({ messageId, version: 1, push: fact });
        expect(contentBytes(content)).toBeLessThanOrEqual(maxContentBytes);
        const html = String(content.formatted_body);
        const ours = html.replaceAll(/<(\/?(ul|li|code|strong|a)|a href="https?:\/\/[^"<>'\p{Cc}]*")>/gu, '');
        expect(ours).not.toMatch(/[<>"'\p{Cc}\u202a-\u202e]/u);
        expect(ours.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
        expect(String(content.body)).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
        expect(JSON.stringify(content).isWellFormed()).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves commits out, visibly, where five would be too large', () => {
    const whole = { messageId, version: 1, push: push({ commits: commits(5), totalCommits: 5 }) };
    const limit = contentBytes(contentOf(whole)) - 1;
    const { body } = contentOf(whole, limit);
    expect(body).not.toContain('change 1 ');
    expect(body).toContain('change 2 ');
    expect(body).toContain('and 1 more');
  });
});

describe('the content of a message', () => {
  it('is a notice in two forms that pings nobody and carries our own ids', () => {
    const fact = push();
    const content = contentOf({ messageId, version: 1, push: fact });
    expect(content).toMatchObject({
      msgtype: 'm.notice',
      format: 'org.matrix.custom.html',
      'm.mentions': {},
      'dev.pushledger': { message_id: messageId, version: 1, push_ids: [fact.pushId] },
    });
  });
});
