import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DomainEvent } from '../../src/events/event.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { dataFactory } from '../../src/projections/data-factory/data-factory.ts';
import { pushHistory } from '../../src/projections/push-history/push-history.ts';
import { putChanges } from '../../src/projections/put-rows.ts';
import { livePlace } from '../../src/projections/table.ts';
import { parseCursor } from '../../src/push-search/cursor.ts';
import type { PushFilter } from '../../src/push-search/filter.ts';
import { listPushes } from '../../src/push-search/list-pushes.ts';
import { searchStatement } from '../../src/push-search/statement.ts';
import { createDatabase, type TestDatabase, testPool } from '../support/database.ts';
import { pushEvent } from '../support/push-event.ts';

const total = 4_000;
const rare = 17;
const commitOf = (index: number) => index.toString(16).padStart(6, '0').padEnd(40, 'c');

/** Every filter finds a push in `rare`-hundred, at known places. */
function event(index: number): DomainEvent<'PushReceived'> {
  const push = pushEvent({ position: index + 1 });
  const special = index % (rare * 100) === 0;
  const { data } = push;
  const [commit] = data.commits;
  if (!commit) throw new Error('the fixture has no commit');
  const author = special
    ? { name: 'Ada Łovelace', email: 'ada@example.com', username: 'ada' }
    : { name: 'Grace', email: 'grace@example.com', username: 'grace' };
  // Three at a time, so that the id decides.
  const receivedAt = new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 3) * 1_000).toISOString();
  return {
    ...push,
    metadata: { ...push.metadata, recordedAt: receivedAt },
    data: {
      ...data,
      receivedAt,
      repository: { ...data.repository, fullName: special ? 'Acme/Special' : `acme/repo-${index % 4}` },
      branch: special ? 'release' : 'main',
      after: commitOf(index),
      commits: [
        { ...commit, id: commitOf(index), author, message: special ? 'Fix the parser\n' : 'Work on it\n' },
      ],
      pusher: { id: 1, login: special ? 'Mallory' : `user-${index % 4}`, fullName: '' },
    },
  };
}

const isSpecial = (index: number) => index % (rare * 100) === 0;
const events = Array.from({ length: total }, (_, index) => event(index));
/** Newest first, as lists are. */
const ordered = events
  .map(({ data }, index) => ({ pushId: data.pushId, receivedAt: data.receivedAt, index }))
  .sort((one, other) =>
    one.receivedAt === other.receivedAt
      ? other.pushId.localeCompare(one.pushId)
      : other.receivedAt.localeCompare(one.receivedAt),
  );
const special = ordered.filter(({ index }) => isSpecial(index)).map(({ pushId }) => pushId);

describe('a list of pushes', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createDatabase();
    await migrate(database.url);
    pool = testPool(database.url);
    await inTransaction(pool, async (transaction) => {
      const state = await dataFactory.load(transaction, livePlace, events);
      await putChanges(transaction, livePlace, dataFactory.fold(state, events));
      await putChanges(transaction, livePlace, pushHistory.fold(null, events));
    });
    await pool.query('vacuum analyze');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const idsOf = async (filter: Partial<PushFilter>) =>
    (await listPushes(pool, { limit: 100, ...filter })).pushes.map(({ pushId }) => pushId);

  it('has the newest first, and all of them over its pages, while others come in', async () => {
    const seen: string[] = [];
    let cursor = null;
    do {
      const list = await listPushes(pool, { limit: 700, ...(cursor && { cursor }) });
      seen.push(...list.pushes.map(({ pushId }) => pushId));
      cursor = list.nextCursor === null ? null : parseCursor(list.nextCursor);
      // Newer than everything: it must not shift a page.
      await pool.query(
        `insert into pushledger.pushes select gen_random_uuid(), now(), pushed_at, source, instance, repository_id,
           repository, ref, ref_kind, branch, kind, before_sha, after_sha, commit_count, commit_count_is_floor, 'late',
           pusher_name, authors, commit_prefixes, messages, compare_url, ignored, delivery_id
         from pushledger.pushes limit 1`,
      );
    } while (cursor);
    await pool.query(`delete from pushledger.pushes where pusher = 'late'`);
    expect(seen).toEqual(ordered.map(({ pushId }) => pushId));
  });

  it.each<[string, Partial<PushFilter>]>([
    ['repository, in any case', { repository: 'ACME/special' }],
    ['branch', { branch: 'release' }],
    ['pusher, in any case', { pusher: 'mallory' }],
    ["an author's name, in any case", { author: 'ada łovelace' }],
    ["an author's address", { author: 'Ada@Example.com' }],
    ['words of a message', { text: 'parser fix' }],
    ['a phrase of a message', { text: '"fix the parser" -work' }],
    ['everything at once', { repository: 'acme/special', branch: 'release', author: 'ada', text: 'fix' }],
  ])('is of one %s', async (_what, filter) => {
    expect(await idsOf(filter)).toEqual(special);
  });

  it.each([7, 8, 12, 40])('is of one commit by %i digits of its id, in any case', async (digits) => {
    const index = 1_234;
    const commit = commitOf(index).slice(0, digits).toUpperCase();
    expect(await idsOf({ commit })).toEqual([events[index]?.data.pushId]);
  });

  it('does not take a commit for another one that begins alike', async () => {
    expect(await idsOf({ commit: `${commitOf(1_234).slice(0, 10)}dd` })).toEqual([]);
  });

  it('begins with a time, and ends before another', async () => {
    const since = new Date(Date.UTC(2026, 0, 1, 0, 0, 10));
    const until = new Date(Date.UTC(2026, 0, 1, 0, 0, 12));
    const within = ordered.filter(({ index }) => [10, 11].includes(Math.floor(index / 3)));
    expect(await idsOf({ since, until })).toEqual(within.map(({ pushId }) => pushId));
  });

  it('finds nothing for words that are none', async () => {
    expect(await idsOf({ text: '!!! ---' })).toEqual([]);
  });

  it('takes what looks like SQL for text', async () => {
    const evil = `x'; drop table pushledger.pushes; --`;
    for (const key of ['repository', 'branch', 'pusher', 'author', 'text'] as const) {
      expect(await idsOf({ [key]: evil })).toEqual([]);
    }
  });

  const planSchema = z.array(z.object({ 'QUERY PLAN': z.string() }));
  const planOf = async (filter: Partial<PushFilter>) => {
    const { text, values } = searchStatement({ limit: 51, ...filter });
    const { rows } = await pool.query(`explain ${text}`, [...values]);
    return planSchema
      .parse(rows)
      .map((row) => row['QUERY PLAN'])
      .join('\n');
  };
  const cursor = {
    receivedAt: new Date(Date.UTC(2026, 0, 1, 0, 20)),
    pushId: events[0]?.data.pushId ?? ('' as never),
  };

  it.each<[string, Partial<PushFilter>, string]>([
    ['nothing', {}, 'pushes_received_at'],
    ['a cursor', { cursor }, 'pushes_received_at'],
    [
      'a range of time',
      { since: new Date('2026-01-01'), until: new Date('2026-01-02') },
      'pushes_received_at',
    ],
    ['a repository', { repository: 'acme/special' }, 'pushes_repository'],
    ['a branch', { branch: 'release' }, 'pushes_branch'],
    ['a pusher', { pusher: 'mallory' }, 'pushes_pusher'],
    ['an author', { author: 'ada' }, 'pushes_authors'],
    ['a commit', { commit: commitOf(1_234).slice(0, 7) }, 'pushes_commits'],
    ['a whole commit id', { commit: commitOf(1_234) }, 'pushes_commits'],
    ['words', { text: 'parser' }, 'pushes_messages'],
  ])('by %s is found by an index', async (_what, filter, index) => {
    const plan = await planOf(filter);
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  });

  it.each<[string, Partial<PushFilter>]>([
    ['repository', { repository: 'acme/repo-3', cursor }],
    ['branch', { branch: 'main', cursor }],
    ['pusher', { pusher: 'user-3', cursor }],
  ])('of a frequent %s goes on at its cursor without sorting', async (_what, filter) => {
    const plan = await planOf(filter);
    expect(plan).not.toContain('Seq Scan');
    expect(plan).not.toContain('Sort');
  });
});
