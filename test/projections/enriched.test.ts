import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventDraft } from '../../src/events/event.ts';
import { dataFactory } from '../../src/projections/data-factory/data-factory.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { lateProjection } from '../../src/projections/take-late.ts';
import type { PushFilter } from '../../src/push-search/filter.ts';
import { listPushes } from '../../src/push-search/list-pushes.ts';
import { showPush } from '../../src/push-search/show-push.ts';
import { retryParked } from '../../src/subscription/retry-parked.ts';
import { enrichedDraft, mixedDrafts, pushDraft } from './support/facts.ts';
import { createProjectedLog, noDifference, type ProjectedLog, sumOf } from './support/projected-log.ts';

let projected: ProjectedLog;
let push: EventDraft<'PushReceived'>;
beforeEach(async () => {
  projected = await createProjectedLog();
  push = pushDraft({ position: 1 });
});
afterEach(() => projected.close());

async function run() {
  const { rows } = await projected.admin.query<{ commit_count: number; commits: { message: string }[] }>(
    'select commit_count, commits from data_factory.runs where run_id = $1',
    [push.data.pushId],
  );
  return rows[0];
}
const find = async (filter: Partial<PushFilter>) =>
  (await listPushes(projected.pool, { limit: 10, ...filter })).pushes;

describe('what Gitea told of a push', () => {
  test('is in its run: all commits, and how many there are', async () => {
    await projected.append(push);
    await projected.append(enrichedDraft(push.data.pushId));
    await projected.project();
    const enriched = await run();
    expect(enriched?.commit_count).toBe(7);
    expect(enriched?.commits).toHaveLength(7);
    expect(enriched?.commits[0]?.message).toBe('enriched commit number 0\n');
  });

  test('is in the history: a search finds a commit that the delivery did not list', async () => {
    await projected.append(push);
    await projected.project();
    expect(await find({ text: '"commit number 3"' })).toHaveLength(0);
    expect(await find({ commit: '3'.repeat(12) })).toHaveLength(0);
    await projected.append(enrichedDraft(push.data.pushId));
    await projected.project();
    const found = { pushId: push.data.pushId, commitCount: 7, commitCountIsFloor: false, forced: true };
    expect(await find({ text: '"commit number 3"' })).toMatchObject([found]);
    expect(await find({ commit: '3'.repeat(12) })).toMatchObject([found]);
  });

  test('is shown with the push', async () => {
    await projected.append(push, enrichedDraft(push.data.pushId));
    await projected.project();
    const shown = await showPush(projected.store, projected.pool, push.data.pushId);
    expect(shown?.enrichment).toMatchObject({ totalCommits: 7, forced: true });
    expect(shown?.calls.find(({ functionName }) => functionName === 'gitea.enrich')).toMatchObject({
      durationMs: 1_250,
      startedAt: new Date('2026-02-03T06:00:04.750Z'),
      depth: 2,
    });
  });

  test.each([0, 1])('leaves the rest as the delivery told it, where it told %i parts', async (told) => {
    await projected.append(push, enrichedDraft(push.data.pushId, told));
    await projected.project();
    expect(await run()).toMatchObject({ commit_count: push.data.totalCommits });
    expect((await run())?.commits).toHaveLength(push.data.commits.length);
    const [first] = await find({});
    expect(first).toMatchObject({ commitCount: push.data.totalCommits, forced: told === 0 ? null : true });
    expect(first?.messages).toContain(push.data.commits[0]?.message.trimEnd());
  });

  test('comes to the same rows in a rebuild', async () => {
    await projected.append(...mixedDrafts(5));
    await projected.project();
    expect(sumOf(await projected.rebuild({ dryRun: true }))).toEqual(noDifference);
    const before = await projected.rows();
    await projected.admin.query(`update data_factory.runs set commits = '[]', commit_count = 0`);
    await projected.admin.query('update pushledger.pushes set forced = null');
    await projected.rebuild();
    expect(await projected.rows()).toEqual(before);
  });

  test('is not lost when the push itself was parked, and is taken after it', async () => {
    const sound = dataFactory as Projection;
    const choking: Projection = {
      ...sound,
      fold(state, events) {
        if (events.some(({ type }) => type === 'PushReceived')) throw new TypeError('not today');
        return sound.fold(state, events);
      },
    };
    await projected.append(push);
    await projected.append(enrichedDraft(push.data.pushId));
    await projected.project([choking]);
    expect(await run()).toBeUndefined();
    await retryParked({ taker: lateProjection(sound), pool: projected.pool, store: projected.store }, 'all');
    expect(await run()).toMatchObject({ commit_count: 7 });
    expect(sumOf(await projected.rebuild({ projections: [sound], dryRun: true }))).toEqual(noDifference);
  });
});
