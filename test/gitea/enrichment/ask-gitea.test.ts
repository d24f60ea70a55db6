import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { getRepository } from '../../../src/gitea/api/repositories.ts';
import { GiteaClient } from '../../../src/gitea/client.ts';
import { askGitea, type Learnt, understandsNot } from '../../../src/gitea/enrichment/ask-gitea.ts';
import { needsOf } from '../../../src/gitea/enrichment/needs.ts';
import { hastyClock } from '../../projections/support/projected-log.ts';
import type { GiteaRepository, Pushed } from '../../support/gitea/repository.ts';
import { type GiteaDouble, startGitea } from '../../support/gitea/server.ts';
import { pushOf } from './support/facts.ts';
import { asOldGitea, type OldGitea } from './support/old-gitea.ts';

let gitea: GiteaDouble;
let old: OldGitea;
let repository: GiteaRepository;

beforeEach(async () => {
  gitea = await startGitea();
  old = await asOldGitea(gitea.url);
  repository = gitea.world.createRepository('acme', 'widgets');
  repository.push('main', { commits: 3 });
});
afterEach(async () => {
  await old.close();
  await gitea.close();
});

/** What a server tells of a push. */
async function ask(pushed: Pushed, baseUrl = gitea.url): Promise<Learnt | null> {
  const client = new GiteaClient({
    baseUrl,
    token: new Secret('good-token'),
    clock: hastyClock,
    timeoutMs: 500,
  });
  const push = pushOf(repository, pushed, { baseUrl: gitea.url, receivedAt: new Date() });
  const needs = needsOf(push);
  if (!needs) return null;
  const found = await getRepository(client, { owner: repository.owner.login, name: repository.name });
  return askGitea(client, { push, needs, repository: found }, () =>
    understandsNot(client, found, push.after),
  );
}
const idsOf = (learnt: Learnt | null) => learnt?.commits.map(({ id }) => id);
const ids = (pushed: Pushed) => pushed.commits.map(({ id }) => id);

describe('all commits of a push', () => {
  test('are fetched over all pages, oldest first', async () => {
    const pushed = repository.push('main', { commits: 120 });
    const learnt = await ask(pushed);
    expect(learnt).toMatchObject({ totalCommits: 120, truncated: false, forced: false, notes: [] });
    expect(idsOf(learnt)).toEqual(ids(pushed));
    const pages = gitea.requests.filter(({ query }) => query.includes(`not=${pushed.before}`));
    expect(pages).toHaveLength(3);
  });

  test('are the newest ones where there are too many, with the exact number of all', async () => {
    const pushed = repository.push('main', { commits: 300 });
    const learnt = await ask(pushed);
    expect(learnt).toMatchObject({ totalCommits: 300, truncated: true });
    expect(idsOf(learnt)).toEqual(ids(pushed).slice(-250));
  });

  test('are fewer where they are too large together, each message cut', async () => {
    const pushed = repository.push('main', { commits: Array.from({ length: 60 }, () => 'x'.repeat(20_000)) });
    const learnt = await ask(pushed);
    expect(learnt).toMatchObject({ totalCommits: 60, truncated: true });
    expect(Buffer.byteLength(JSON.stringify(learnt?.commits))).toBeLessThan(260 * 1_024);
    expect(learnt?.commits.at(-1)).toMatchObject({ id: pushed.after, messageCut: true });
  });

  test('keep what the delivery told of those that it listed', async () => {
    const learnt = await ask(repository.push('main', { commits: 7 }));
    expect(learnt?.commits.map(({ files }) => files.added + files.modified > 0)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
  });

  test('of a new branch are those that the default branch has not', async () => {
    const pushed = repository.createBranch('feature', { commits: 14 });
    const learnt = await ask(pushed);
    expect(learnt).toMatchObject({
      totalCommits: 14,
      forced: null,
      notes: ['commits that main has are not counted'],
    });
    expect(idsOf(learnt)).toEqual(ids(pushed));
  });

  test('of a new branch that was merged meanwhile are left as the delivery told them', async () => {
    const pushed = repository.createBranch('feature', { commits: 14 });
    repository.moveBranch('main', pushed.after);
    const learnt = await ask(pushed);
    expect(learnt).toMatchObject({ commits: [], totalCommits: null, forced: null });
    expect(learnt?.notes[0]).toContain('main has some by now');
  });

  test('of the first push to a repository are its whole history', async () => {
    const other = gitea.world.createRepository('acme', 'gadgets');
    const pushed = other.push('main', { commits: 23 });
    repository = other;
    expect(await ask(pushed)).toMatchObject({ totalCommits: 23, forced: null, notes: [] });
  });

  test('are not asked for where the delivery had them all', async () => {
    expect(await ask(repository.push('main', { commits: 2 }))).toMatchObject({
      commits: [],
      totalCommits: 2,
      truncated: false,
      forced: false,
    });
  });
});

describe('a forced push', () => {
  test('is told apart from a fast-forward', async () => {
    expect(await ask(repository.push('main'))).toMatchObject({ forced: false });
    expect(await ask(repository.forcePush('main', { dropped: 2, commits: 8 }))).toMatchObject({
      forced: true,
      totalCommits: 8,
    });
  });

  test('that only takes commits away is one as well', async () => {
    expect(await ask(repository.rewind('main', 2))).toMatchObject({
      forced: true,
      totalCommits: 0,
      commits: [],
    });
  });

  test('whose old commits were collected cannot be told, and says so', async () => {
    const pushed = repository.forcePush('main', { dropped: 1, commits: 8 });
    repository.collectGarbage();
    const learnt = await ask(pushed);
    expect(learnt).toMatchObject({ forced: null, commits: [], totalCommits: null });
    expect(learnt?.notes).toEqual([`Gitea does not have the commit ${pushed.before} any more`]);
  });

  test('that was forced away itself cannot be told either', async () => {
    const pushed = repository.push('main', { commits: 6 });
    repository.rewind('main', 6);
    repository.collectGarbage();
    const learnt = await ask(pushed);
    expect(learnt?.notes).toEqual([`Gitea does not have the commit ${pushed.after} any more`]);
  });
});

describe('a Gitea before 1.20, which does not understand `not`', () => {
  test('tells all commits of a fast-forward by their parents', async () => {
    const pushed = repository.push('main', { commits: 70 });
    repository.push('main');
    const learnt = await ask(pushed, old.url);
    expect(learnt).toMatchObject({ totalCommits: 70, truncated: false, forced: false });
    expect(idsOf(learnt)).toEqual(ids(pushed));
  });

  test('tells a forced push, but not its commits', async () => {
    const learnt = await ask(repository.forcePush('main', { commits: 8 }), old.url);
    expect(learnt).toMatchObject({ forced: true, totalCommits: null, commits: [] });
  });

  test('tells a rewind', async () => {
    expect(await ask(repository.rewind('main', 1), old.url)).toMatchObject({ forced: true, totalCommits: 0 });
  });

  test('does not tell the commits of a new branch', async () => {
    const learnt = await ask(repository.createBranch('feature', { commits: 14 }), old.url);
    expect(learnt).toMatchObject({ totalCommits: null, commits: [], forced: null });
  });

  test('gives up on a history that is too long', async () => {
    repository.push('main', { commits: 1_100 });
    const forced = repository.forcePush('main', { commits: 1 });
    expect((await ask(forced, old.url))?.notes[0]).toContain('too long');
  });

  test('answers 500 for a commit that was collected, which is told from a failure', async () => {
    const pushed = repository.push('main', { commits: 6 });
    repository.rewind('main', 6);
    repository.collectGarbage();
    expect((await ask(pushed, old.url))?.notes).toEqual([
      `Gitea does not have the commit ${pushed.after} any more`,
    ]);
  });
});

test('a repository that vanishes while it is asked about is a failure, and not a commit that is gone', async () => {
  const pushed = repository.push('main', { commits: 6 });
  gitea.misbehave(/\/commits/, 'not-found');
  gitea.misbehave(/\/repositories\//, 'not-found');
  await expect(ask(pushed)).rejects.toMatchObject({ reason: 'not-found' });
});

describe('what is asked about', () => {
  const push = (change: object) =>
    needsOf({
      ...pushOf(repository, repository.push('main'), { baseUrl: gitea.url, receivedAt: new Date() }),
      ...change,
    });

  test.each([
    ['an update whose commits are all there', {}, { commits: false, forced: true }],
    ['an update with more commits', { totalCommits: 9 }, { commits: true, forced: true }],
    ['a rewind', { kind: 'rewound', commits: [], totalCommits: 0 }, { commits: false, forced: true }],
    ['a new branch with few commits', { kind: 'created', before: '0'.repeat(40) }, null],
    [
      'a new branch counted to a floor',
      { kind: 'created', totalIsFloor: true },
      { commits: true, forced: false },
    ],
    ['an update that recovery found without its start', { before: null }, null],
    ['a deleted branch', { kind: 'deleted' }, null],
    ['a tag', { refKind: 'tag', totalIsFloor: true }, null],
  ])('%s', (_case, change, needs) => {
    expect(push(change)).toEqual(needs);
  });
});
