import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DomainEvent } from '../../../src/events/event.ts';
import { rejection } from '../../support/condition.ts';
import type { GiteaRepository } from '../../support/gitea/repository.ts';
import { expectSameHeads, type Recovering, startRecovering } from './support/recovering.ts';

let all: Recovering;
let repositories: GiteaRepository[];

beforeEach(async () => {
  all = await startRecovering();
  repositories = [];
  for (const name of ['one', 'two', 'three', 'four', 'five']) repositories.push(await all.repository(name));
  for (const repository of repositories) {
    repository.createBranch('topic', { commits: 2 });
    repository.push('main', { commits: 3 });
    repository.tag('v0');
  }
  await all.delivered();
  await all.recover();
  all.clock.advance(60_000);
});
afterEach(() => all.close());

/** Forty acts of every kind on a repository; most bring a push. */
function work(repository: GiteaRepository): void {
  for (let round = 0; round < 5; round++) {
    const acts = [
      () => repository.push('main', { commits: 1 + round }),
      () => repository.push('topic', { commits: 7 }),
      () => repository.forcePush('topic', { dropped: 2, commits: 2 }),
      () => repository.tag(`v1.${round}`, { annotated: 'a release' }),
      () => repository.createBranch(`work-${round}`, { commits: 2 }),
      () => repository.tag('latest'),
      () => repository.rewind('main', 1),
      () =>
        round % 2 === 0 ? repository.deleteBranch(`work-${round}`) : repository.deleteTag(`v1.${round}`),
    ];
    for (const act of acts) {
      act();
      all.clock.advance(7_000);
    }
  }
}

const keyOf = ({ data }: DomainEvent<'PushReceived'>) => `${data.ref} ${data.after}`;

/** As often as it happened, and no more. Branch deletes are in the log as pushes, and not among Gitea's. */
async function expectEachOnce(repository: GiteaRepository): Promise<void> {
  const known = (await all.pushes(repository)).filter(
    ({ data }) => !(data.refKind === 'branch' && data.kind === 'deleted'),
  );
  const happened = repository.pushes.map(({ ref, after }) => `${ref} ${after}`);
  expect(known.map(keyOf).sort()).toEqual(happened.sort());
}

it('after an outage of 200 pushes of every kind the log has each of them once, with all commits', async () => {
  await all.away(() => {
    for (const repository of repositories) work(repository);
  });
  all.clock.advance(60_000);
  await all.recover();
  for (const repository of repositories) {
    await expectSameHeads(all, repository);
    await expectEachOnce(repository);
    const recovered = (await all.pushes(repository)).filter(({ data }) => data.source === 'recovery');
    expect(recovered.length).toBeGreaterThanOrEqual(40);
    for (const { data } of recovered) {
      const pushed = repository.pushes.find(({ ref, after, at }) => {
        return ref === data.ref && after === data.after && at.toISOString() <= (data.pushedAt ?? '');
      });
      if (data.refKind !== 'branch' || data.kind !== 'updated' || !pushed) continue;
      expect(data.commits.map(({ id }) => id)).toEqual(pushed.commits.map(({ id }) => id));
    }
  }
});

it('killed in the middle and called again, it doubles nothing and leaves nothing out', async () => {
  await all.away(() => {
    for (const repository of repositories) work(repository);
  });
  all.clock.advance(60_000);
  const before = (await all.events()).length;
  const killed = new AbortController();
  let appends = 0;
  const store = {
    ...all.options.store,
    readStreams: all.options.store.readStreams,
    append: async (event: Parameters<typeof all.options.store.append>[0]) => {
      if (++appends === 70) killed.abort(new Error('killed'));
      killed.signal.throwIfAborted();
      return all.options.store.append(event);
    },
  };
  expect(await rejection(all.recover({ store, signal: killed.signal }))).toEqual(new Error('killed'));
  expect((await all.events()).length).toBe(before + 69);
  await all.recover();
  for (const repository of repositories) {
    await expectSameHeads(all, repository);
    await expectEachOnce(repository);
  }
});

it('of a recovery, another one beside it and the webhooks that arrive after all, one wins each push', async () => {
  await all.away(() => {
    for (const repository of repositories) work(repository);
  });
  all.clock.advance(60_000);
  const lost = all.gitea.world.sender.deliveries.filter(({ error }) => error !== null);
  // Little time passes: what arrives within a minute may be in any order.
  const racing = [all.recover({}, 20), all.recover({}, 20)];
  for (const delivery of lost) all.gitea.world.replay(delivery);
  await Promise.all([...racing, all.delivered()]);
  await all.recover();
  for (const repository of repositories) {
    await expectEachOnce(repository);
    await expectSameHeads(all, repository);
  }
});

it('finds where every ref is when the feed has lost entries and contents and is out of order', async () => {
  await all.away(() => {
    for (const repository of repositories) work(repository);
  });
  for (const repository of repositories) {
    const kept = repository.feed.filter((_, index) => index % 3 !== 0);
    repository.feed.splice(0, repository.feed.length, ...kept);
    for (const [index, entry] of repository.feed.entries()) if (index % 5 === 0) entry.content = '{}';
  }
  all.gitea.misbehave(/feeds$/, { alter: (body) => (Array.isArray(body) ? body.toReversed() : body) });
  all.clock.advance(60_000);
  await all.recover();
  const once = await all.events();
  for (const repository of repositories) await expectSameHeads(all, repository);
  all.clock.advance(60_000);
  await all.recover();
  expect((await all.events()).length).toBe(once.length);
});
