import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../src/events/ids.ts';
import type { PushReceived } from '../../src/events/push-received.ts';
import type { AnnouncedPush } from '../../src/notifier/announced-push.ts';
import { contentBytes, contentOf, type MessageContent, maxContentBytes } from '../../src/notifier/content.ts';
import { announced } from './support/announced.ts';
import { commit, commits, push } from './support/facts.ts';

const messageId = '11111111-1111-5111-8111-111111111111' as MessageId;

const contentOfOne = (fact: PushReceived) =>
  contentOf({ messageId, version: 1, pushes: [announced(fact)], replaces: null });

function shown(fact: PushReceived) {
  const { body, formatted_body } = contentOfOne(fact);
  return { plain: String(body), html: String(formatted_body) };
}

describe('text from outside', () => {
  const firstCommitLine = (message: string) => shown(push({ commits: [commit({ message })] }));

  it('is escaped in HTML and left as it is in plain text', () => {
    const { plain, html } = firstCommitLine(`<img src=x onerror="a('b')"> & co`);
    expect(html).toContain('&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt; &amp; co');
    expect(plain).toContain(`<img src=x onerror="a('b')"> & co`);
  });

  it('loses its control characters and its line ends', () => {
    const { plain } = shown(
      push({
        pusher: { id: 1, login: 'x', fullName: 'Ada\n[bank] Eve\u0000\u001b[31m' },
        commits: [commit({ message: '\u0007ring\u2028bell\tnow\u009b' })],
      }),
    );
    expect(plain.split('\n')).toHaveLength(2);
    expect(plain).toContain('Ada [bank] Eve[31m pushed');
    expect(plain).toContain(' ring bell now — ');
  });

  it.each(['\u202egnp.exe \u05e9\u05dc\u05d5\u05dd', 'gnp.exe \u{10900}', '\ufb2a'])(
    'cannot reorder what stands beside it: %j',
    (message) => {
      const visible = message.replace('\u202e', '');
      for (const form of Object.values(firstCommitLine(message))) {
        expect(form).not.toContain('\u202e');
        expect(form).toContain(`\u2068${visible}\u2069`);
      }
    },
  );

  it('is cut between characters as people see them', () => {
    const family = '👨‍👩‍👧‍👦';
    const { plain } = firstCommitLine(family.repeat(100));
    const line = plain.split('\n')[1] ?? '';
    expect(line).toMatch(/^aaaaaaa (👨‍👩‍👧‍👦)+… — /u);
    expect(line.isWellFormed()).toBe(true);
  });

  it('may be two megabytes long, in one line or in one character', () => {
    for (const message of ['x'.repeat(2_000_000), `e${'\u0301'.repeat(2_000_000)}`, '\n'.repeat(2_000_000)]) {
      expect(contentBytes(contentOfOne(push({ commits: [commit({ message })] })))).toBeLessThan(4_000);
    }
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', '\u0000', '\u202e', '👩‍👧', '\u05d0') }),
  fc
    .tuple(fc.constantFrom('<', '"', '👩‍👧', '\ud800'), fc.integer({ min: 0, max: 9_000 }))
    .map(([unit, count]) => unit.repeat(count)),
);
const anyUrl = fc.oneof(
  anyText,
  anyText.map((text) => `https://gitea.test/${text}`),
  fc.constantFrom(
    'javascript:alert(1)',
    `https://gitea.test/${'&'.repeat(970)}`,
    `https://gitea.test/${'\u00e9'.repeat(150)}`,
  ),
);
const anyCommit = fc
  .record({ message: anyText, name: anyText, url: anyUrl })
  .map(({ message, name, url }) => commit({ message, url, author: { name, email: '', username: name } }));
const anyPush: fc.Arbitrary<AnnouncedPush> = fc
  .record({
    list: fc.array(anyCommit, { maxLength: 7 }),
    name: anyText,
    url: anyUrl,
    repositoryId: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom('created', 'updated', 'rewound', 'deleted'),
    refKind: fc.constantFrom('branch', 'tag', 'other'),
    source: fc.constantFrom('webhook', 'recovery'),
    forced: fc.constantFrom(true, false, null),
    enriched: fc.boolean(),
  })
  .map(({ list, name, url, repositoryId, kind, refKind, source, forced, enriched }) =>
    announced(
      push({
        commits: list,
        totalCommits: list.length,
        branch: refKind === 'branch' ? name : null,
        ref: name,
        refKind,
        kind,
        source,
        compareUrl: url,
        pusher: { id: 1, login: name, fullName: name },
        repository: { id: repositoryId, owner: name, name, fullName: `${name}/${name}`, url },
      }),
      enriched ? { forced, commits: list.slice(0, 2), totalCommits: list.length } : null,
    ),
  );

function expectHarmless(body: string, html: string): void {
  const ours = html.replaceAll(/<(\/?(ul|li|code|strong|a)|br|a href="https?:\/\/[^"<>'\p{Cc}]*")>/gu, '');
  expect(ours).not.toMatch(/[<>"'\p{Cc}\u202a-\u202e]/u);
  expect(ours.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
  expect(body).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
}

/** What canonical JSON of Matrix takes. */
function expectStringsAndIntegers(value: unknown): void {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(expectStringsAndIntegers);
  else expect(typeof value === 'string' || Number.isSafeInteger(value)).toBe(true);
}

describe('the content of any pushes', () => {
  const anyMessage = fc.record({
    messageId: fc.constant(messageId),
    version: fc.integer({ min: 1, max: 9 }),
    pushes: fc.oneof(
      fc.array(anyPush, { minLength: 1, maxLength: 1 }),
      fc.array(anyPush, { minLength: 2, maxLength: 8 }),
    ),
    replaces: fc.constantFrom(null, '$event'),
  });

  it('never becomes HTML, is never too large, and holds no floats', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const content = contentOf(message);
        expect(contentBytes(content)).toBeLessThanOrEqual(maxContentBytes);
        const whole = (content['m.new_content'] ?? content) as MessageContent;
        expectHarmless(String(whole.body), String(whole.formatted_body));
        expectHarmless(String(content.body), '');
        expectStringsAndIntegers(content);
        expect(JSON.stringify(content).isWellFormed()).toBe(true);
        expect(content['m.mentions']).toEqual({});
        expect(whole['m.mentions']).toEqual({});
      }),
      { numRuns: 300 },
    );
  });

  it('is never too large, however many pushes of the worst kind there are', () => {
    const worst = push({
      commits: commits(5).map((each) => ({ ...each, message: '"'.repeat(300) })),
      compareUrl: `https://gitea.test/${'&'.repeat(970)}`,
      branch: '"'.repeat(300),
      pusher: { id: 1, login: '"'.repeat(300), fullName: '' },
    });
    for (const count of [2, 7, 300]) {
      for (const replaces of [null, '$event']) {
        const pushes = Array.from({ length: count }, () => announced(worst));
        const content = contentOf({ messageId, version: 2, pushes, replaces });
        expect(contentBytes(content)).toBeLessThanOrEqual(maxContentBytes);
      }
    }
  });
});
