import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FeedEntry } from '../../../src/gitea/api/feeds.ts';
import { readEntry } from '../../../src/gitea/recovery/read-entry.ts';

const before = 'b'.repeat(40);
const after = 'a'.repeat(40);
const tagObject = 'c'.repeat(40);
const commit = (sha: string) => ({
  Sha1: sha,
  Message: 'Make it so\n',
  AuthorEmail: 'ada@example.com',
  AuthorName: 'Ada',
  CommitterEmail: 'ada@example.com',
  CommitterName: 'Ada',
  Timestamp: '2026-02-03T04:05:06+02:00',
});

function entry(change: Partial<FeedEntry> & { content?: string }): FeedEntry {
  return {
    id: 7,
    operation: 'commit_repo',
    actor: { id: 1, login: 'ada', fullName: 'Ada' },
    repositoryId: 42,
    refName: 'refs/heads/main',
    content: '',
    created: new Date('2026-02-03T04:05:07Z'),
    ...change,
  };
}

const content = (change: object = {}) =>
  JSON.stringify({
    Commits: [commit(after), commit('d'.repeat(40))],
    HeadCommit: commit(after),
    CompareURL: `acme/widgets/compare/${before}...${after}`,
    Len: 12,
    ...change,
  });

it('reads an update with both ends, who and when, and the oldest commit first', () => {
  const read = readEntry(entry({ content: content() }), 40);
  expect(read).toMatchObject({
    is: 'push',
    push: { entryId: 7, ref: 'refs/heads/main', before, after, total: 12, actor: { login: 'ada' } },
  });
  expect(read.is === 'push' && read.push.commits.map(({ id }) => id)).toEqual(['d'.repeat(40), after]);
});

it('takes the object of an annotated tag, and not its commit, for what was pushed', () => {
  const compare = `acme/widgets/compare/${'0'.repeat(40)}...${tagObject}`;
  const tag = { operation: 'push_tag', refName: 'refs/tags/v1', content: content({ CompareURL: compare }) };
  expect(readEntry(entry(tag), 40)).toMatchObject({ push: { after: tagObject, head: { id: after } } });
});

it('has no start of a new branch that grew from a branch', () => {
  const grown = content({ CompareURL: `acme/widgets/compare/main...${after}` });
  expect(readEntry(entry({ content: grown }), 40)).toMatchObject({ push: { before: null, after } });
});

it.each(['{}', '', 'null', '[]', '{"HeadCommit":{"Sha1":"main"}}'])(
  'says that %s tells of no push',
  (text) => {
    expect(readEntry(entry({ content: text }), 40)).toEqual({ is: 'unreadable', ref: 'refs/heads/main' });
  },
);

it('reads what was deleted, also by its short name, with ids as long as the repository has them', () => {
  const deleted = { operation: 'delete_branch', refName: 'topic' };
  const push = { ref: 'refs/heads/topic', before: null, after: '0'.repeat(64) };
  expect(readEntry(entry(deleted), 64)).toMatchObject({ is: 'push', push });
});

it('passes over what is no push', () => {
  expect(readEntry(entry({ operation: 'create_issue' }), 40)).toEqual({ is: 'other' });
});

it('never throws, whatever the feed holds', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant(content()));
  const operation = fc.oneof(fc.string(), fc.constantFrom('commit_repo', 'push_tag', 'delete_tag'));
  fc.assert(
    fc.property(anything, anything, operation, (text, refName, op) => {
      const read = readEntry(entry({ content: text, refName, operation: op }), 40);
      if (read.is === 'push') expect(read.push.after).toMatch(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
    }),
  );
});
