import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DataOf } from '../../../src/events/catalogue.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import type { EventDraft } from '../../../src/events/event.ts';
import { eventIdOfStream, streamOf } from '../../../src/events/ids.ts';
import type { GiteaRepository } from '../../support/gitea/repository.ts';
import {
  expectSameHeads,
  instance,
  type Recovering,
  recoveredIn,
  startRecovering,
} from './support/recovering.ts';

let all: Recovering;
beforeAll(async () => {
  all = await startRecovering();
});
beforeEach(() => all.gitea.behave());
afterAll(() => all.close());

/** A minute, as between the acts of people. */
const minute = () => all.clock.advance(60_000);

it('takes the baseline at first contact, and nothing that was pushed before counts as missed', async () => {
  const repository = await all.repository('old');
  await all.away(() => repository.push('main'));
  const [first] = [recoveredIn(await all.recover(), repository)];
  expect(first).toMatchObject({ baselined: true, pushes: [] });
  minute();
  expect(recoveredIn(await all.recover(), repository)).toMatchObject({ baselined: false, pushes: [] });
  await expectSameHeads(all, repository);
});

it('recovers each missed push with its time, its pusher and all of its commits', async () => {
  const repository = await all.repository('single');
  all.gitea.world.createUser('grace');
  await all.recover();
  minute();
  const missed = await all.away(() => repository.push('main', { commits: 8, by: 'grace' }));
  minute();
  await all.recover();
  const push = (await all.pushes(repository)).at(-1);
  expect(push?.data).toMatchObject({
    source: 'recovery',
    deliveryId: null,
    body: null,
    recovered: { from: 'feed', collapsed: false },
    before: missed.before,
    after: missed.after,
    pushedAt: missed.at.toISOString(),
    pusher: { login: 'grace' },
    kind: 'updated',
    totalCommits: 8,
    ignored: null,
    nodeId: 'gitea_push_single',
  });
  expect(push?.data.commits.map(({ id }) => id)).toEqual(missed.commits.map(({ id }) => id));
});

it('recovers new branches, force pushes, rewinds, tags of both kinds, and what was deleted', async () => {
  const repository = await all.repository('kinds');
  repository.createBranch('doomed', { commits: 1 });
  repository.tag('v0');
  await all.delivered();
  await all.recover();
  minute();
  await all.away(() => {
    repository.createBranch('topic', { commits: 2 });
    minute();
    repository.push('main', { commits: 3 });
    minute();
    repository.forcePush('main', { dropped: 2 });
    minute();
    repository.rewind('main', 1);
    minute();
    repository.tag('v1', { annotated: 'one' });
    minute();
    repository.tag('v2');
    minute();
    repository.deleteTag('v0');
    minute();
    repository.deleteBranch('doomed');
  });
  minute();
  const { pushes } = recoveredIn(await all.recover(), repository);
  expect(pushes.map(({ ref, collapsed }) => [ref, collapsed])).toEqual([
    ['refs/heads/topic', false],
    ['refs/heads/main', false],
    ['refs/heads/main', false],
    ['refs/heads/main', false],
    ['refs/tags/v1', false],
    ['refs/tags/v2', false],
    ['refs/tags/v0', false],
    ['refs/heads/doomed', false],
  ]);
  const kinds = (await all.pushes(repository)).slice(-8).map(({ data }) => data.kind);
  expect(kinds).toEqual([
    'created',
    'updated',
    'updated',
    'rewound',
    'created',
    'created',
    'deleted',
    'deleted',
  ]);
  await expectSameHeads(all, repository);
  minute();
  expect(recoveredIn(await all.recover(), repository).pushes).toEqual([]);
});

it('makes one push of what only the comparison shows, and says so', async () => {
  const repository = await all.repository('lost-feed');
  await all.recover();
  minute();
  const [first, last] = await all.away(() => {
    const pushed = [repository.push('main', { commits: 2 }), repository.push('main')];
    for (const entry of repository.feed) entry.content = '{}';
    return pushed;
  });
  minute();
  await all.recover();
  const push = (await all.pushes(repository)).at(-1);
  expect(push?.data).toMatchObject({
    recovered: { from: 'comparison', collapsed: true },
    before: first?.before,
    after: last?.after,
    totalCommits: 3,
    pusher: null,
    pushedAt: null,
  });
  await expectSameHeads(all, repository);
});

it('tells what it can when the commits from before were collected', async () => {
  const repository = await all.repository('collected');
  repository.push('main', { commits: 2 });
  await all.delivered();
  await all.recover();
  minute();
  await all.away(() => {
    repository.forcePush('main', { dropped: 1 });
    repository.feed.length = 0;
    repository.collectGarbage();
  });
  minute();
  await all.recover();
  const push = (await all.pushes(repository)).at(-1);
  expect(push?.data).toMatchObject({ after: repository.branches.get('main'), totalIsFloor: true });
  expect(push?.data.notes).toEqual(['Gitea has no commits from before any more']);
  await expectSameHeads(all, repository);
});

it('does not announce what is older than the configured age, and records it all the same', async () => {
  const repository = await all.repository('aged');
  await all.recover();
  minute();
  await all.away(() => repository.push('main'));
  all.clock.advance(25 * 3_600_000);
  await all.recover();
  const push = (await all.pushes(repository)).at(-1);
  expect(push?.data.ignored).toBe('recovered more than 24h after it was pushed');
});

it('leaves a push alone whose webhook may still be on its way', async () => {
  const repository = await all.repository('under-way');
  await all.recover();
  minute();
  all.gitea.world.sender.pause();
  repository.push('main');
  const recovering = all.recover();
  all.gitea.world.sender.resume();
  await all.delivered();
  expect(recoveredIn(await recovering, repository).pushes).toEqual([]);
  expect((await all.pushes(repository)).map(({ data }) => data.source)).toEqual(['webhook', 'webhook']);
});

it('recognises a push that arrives after it was recovered, and never doubles it', async () => {
  const repository = await all.repository('confirmed');
  await all.recover();
  minute();
  await all.away(() => repository.push('main'));
  minute();
  await all.recover();
  const before = (await all.pushes(repository)).length;
  const lost = all.gitea.world.sender.deliveries.findLast(
    ({ event, error }) => event === 'push' && error !== null,
  );
  if (!lost) throw new Error('nothing was lost');
  all.gitea.world.replay(lost);
  all.gitea.world.replay(lost);
  await all.delivered();
  expect(await all.pushes(repository)).toHaveLength(before);
  const types = (await all.events()).slice(-2).map(({ type }) => type);
  expect(types).toEqual(['PushConfirmed', 'PushRedelivered']);
});

it('records a push as late, and tells nobody, that was recovered as a part of another', async () => {
  const repository = await all.repository('late');
  await all.recover();
  minute();
  await all.away(() => {
    repository.push('main');
    minute();
    repository.push('main');
    minute();
    repository.push('main');
    repository.feed.length = 0;
  });
  minute();
  const { pushes } = recoveredIn(await all.recover(), repository);
  expect(pushes).toHaveLength(1);
  const lost = all.gitea.world.sender.deliveries.filter(
    ({ event, error }) => event === 'push' && error !== null,
  );
  for (const delivery of lost.slice(-3, -1)) all.gitea.world.replay(delivery);
  await all.delivered();
  const late = (await all.pushes(repository)).slice(-2);
  for (const { data } of late) {
    expect(data).toMatchObject({
      within: pushes[0]?.pushId,
      ignored: 'late: it was recovered as part of another push',
    });
  }
  // What comes next is news, though Gitea's body shows an old time of the repository.
  minute();
  repository.push('main');
  await all.delivered();
  expect((await all.pushes(repository)).at(-1)?.data).toMatchObject({ ignored: null, source: 'webhook' });
  minute();
  expect(recoveredIn(await all.recover(), repository).pushes).toEqual([]);
  await expectSameHeads(all, repository);
});

it('with a time, finds what was before the baseline as well, and announces none of it', async () => {
  const repository = await all.repository('since');
  const from = all.clock.now();
  await all.away(() => repository.push('main'));
  minute();
  await all.recover();
  const reports = await all.recover({ since: from, silent: 'recovered by --since' });
  expect(recoveredIn(reports, repository).pushes).toHaveLength(1);
  expect((await all.pushes(repository)).at(-1)?.data.ignored).toBe('recovered by --since');
  expect(
    recoveredIn(await all.recover({ since: from, silent: 'recovered by --since' }), repository).pushes,
  ).toEqual([]);
  await expectSameHeads(all, repository);
});

it('looks and writes nothing in a dry run', async () => {
  const repository = await all.repository('dry');
  await all.recover();
  minute();
  await all.away(() => repository.push('main'));
  minute();
  const before = (await all.events()).length;
  expect(recoveredIn(await all.recover({ dryRun: true }), repository).pushes).toHaveLength(1);
  expect(await all.events()).toHaveLength(before);
});

it('finds a repository by its id when it was renamed, and says when it is gone', async () => {
  const renamed = await all.repository('before');
  const gone = await all.repository('gone');
  await all.recover();
  minute();
  await all.away(() => renamed.push('main'));
  all.gitea.world.rename(renamed, 'after');
  // Another one has the name now.
  all.gitea.world.createRepository('acme', 'before').push('main');
  all.gitea.world.remove(gone);
  minute();
  const reports = await all.recover();
  expect(recoveredIn(reports, renamed)).toMatchObject({ fullName: 'acme/after', pushes: [{}] });
  expect(reports.find(({ repositoryId }) => repositoryId === gone.id)).toMatchObject({ outcome: 'gone' });
  expect((await all.pushes(renamed)).map(({ data }) => data.nodeId)).toEqual([
    'gitea_push_before',
    'gitea_push_after',
  ]);
});

it('asks at most three times for a repository with nothing to find', async () => {
  const repository = await all.repository('quiet');
  for (let count = 0; count < 60; count++) {
    repository.push('main');
    minute();
  }
  await all.delivered();
  await all.recover();
  minute();
  repository.push('main');
  await all.delivered();
  minute();
  all.gitea.requests.length = 0;
  await all.recover({ only: new Set([repository.id]) });
  expect(all.gitea.requests.map(({ path }) => path.split('/').at(-1)).sort()).toEqual([
    'branches',
    'feeds',
    'tags',
  ]);
});

it('does not count as missed what the events and the branch filter of the hook leave out', async () => {
  const repository = await all.repository('filtered', { events: ['push'], filter: '{main,release/*}' });
  await recordHook(repository, { events: ['push'], branchFilter: '{main,release/*}' });
  await all.recover();
  minute();
  await all.away(() => {
    repository.push('main');
    minute();
    repository.createBranch('release/1', { commits: 1 });
    minute();
    repository.createBranch('topic', { commits: 1 });
    minute();
    repository.deleteBranch('release/1');
  });
  minute();
  const { pushes } = recoveredIn(await all.recover(), repository);
  expect(pushes.map(({ ref }) => ref)).toEqual(['refs/heads/main', 'refs/heads/release/1']);
  minute();
  expect(recoveredIn(await all.recover(), repository).pushes).toEqual([]);
});

it('looks at a repository that is hooked and has never pushed, and not at one whose hook was removed', async () => {
  const hooked = all.gitea.world.createRepository('acme', 'hooked');
  await recordHook(hooked, { events: ['push', 'delete'], branchFilter: '' });
  const reports = await all.recover();
  expect(recoveredIn(reports, hooked)).toMatchObject({ baselined: true });
  await removeHook(hooked);
  expect((await all.recover()).some(({ repositoryId }) => repositoryId === hooked.id)).toBe(false);
});

const hookOf = ({ id, name }: GiteaRepository) => ({
  instance,
  hookId: id,
  place: { kind: 'repository' as const, repositoryId: id, owner: 'acme', name },
  url: 'https://pushledger.test/webhook/gitea',
});

async function recordHook(
  repository: GiteaRepository,
  { events, branchFilter }: { events: string[]; branchFilter: string },
): Promise<void> {
  const installed = { sequence: 0, change: 'created' as const, secret: null };
  const stream = streamOf.hook(repository.id, 0);
  await append('HookInstalled', stream, {
    ...hookOf(repository),
    ...installed,
    events,
    branchFilter,
    installedAt: all.clock.now().toISOString(),
  });
}

async function removeHook(repository: GiteaRepository): Promise<void> {
  const removed = { sequence: 1, change: 'removed' as const, removedAt: all.clock.now().toISOString() };
  await append('HookRemoved', streamOf.hook(repository.id, 1), { ...hookOf(repository), ...removed });
}

async function append<T extends 'HookInstalled' | 'HookRemoved'>(
  type: T,
  stream: string,
  data: DataOf<T>,
): Promise<void> {
  const id = eventIdOfStream(stream);
  const draft = { type, stream, id, data, correlationId: id, causationId: id, recordedAt: all.clock.now() };
  await all.options.store.append(encodeEvent(draft as EventDraft));
}
