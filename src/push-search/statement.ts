import { minCommitDigits, type PushFilter } from './filter.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** So many of the newest pushes are looked through for an author. */
const newestWindow = 5_000;

/**
 * Where an author is looked for. The planner cannot tell a frequent author from one that hardly ever wrote, and goes
 * through a million pushes for the second one; so it is told.
 * - `anywhere`: its choice.
 * - `newest`: among the newest pushes that fit all else. Enough for a frequent one.
 * - `index`: by the index of authors, all of them, and then sorted. For those of whom the newest held too few.
 */
export type AuthorSearch = 'anywhere' | 'newest' | 'index';

/**
 * The statement of a search. Each condition is written as its index is (see the migration), and the order is that of
 * the indexes, so that none of them sorts or scans the table.
 */
export function searchStatement(filter: PushFilter, authors: AuthorSearch = 'anywhere'): Statement {
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions: string[] = [];
  const { repository, branch, pusher, author, commit, text, ignored, since, until, cursor } = filter;
  if (repository !== undefined) conditions.push(`lower(repository) = lower(${value(repository)})`);
  if (branch !== undefined) conditions.push(`branch = ${value(branch)}`);
  if (pusher !== undefined) conditions.push(`lower(pusher) = lower(${value(pusher)})`);
  if (commit !== undefined) conditions.push(...commitConditions(commit.toLowerCase(), value));
  if (text !== undefined) {
    conditions.push(`to_tsvector('simple', messages) @@ websearch_to_tsquery('simple', ${value(text)})`);
  }
  if (ignored !== undefined) conditions.push(`ignored is ${ignored ? 'not ' : ''}null`);
  if (since) conditions.push(`received_at >= ${value(since)}`);
  if (until) conditions.push(`received_at < ${value(until)}`);
  if (cursor) {
    conditions.push(`(received_at, push_id) < (${value(cursor.receivedAt)}, ${value(cursor.pushId)}::uuid)`);
  }
  // In lower case by the same function that the projection used.
  const byAuthor = author === undefined ? [] : [`authors @> ${value([author.toLowerCase()])}::text[]`];
  return {
    text: `${sourceOf(authors, conditions, byAuthor)}
      select push_id, received_at, pushed_at, source, repository, ref, ref_kind, branch, kind, before_sha, after_sha,
             commit_count, commit_count_is_floor, pusher, authors, left(messages, 4000) as messages, compare_url, ignored,
             delivery_id, forced
      from ${authors === 'anywhere' ? 'pushledger.pushes' : 'pushes'}
      ${authors === 'index' ? '' : whereOf(authors === 'newest' ? byAuthor : [...conditions, ...byAuthor])}
      order by received_at desc, push_id desc
      limit ${value(filter.limit)}`,
    values,
  };
}

/** The pushes to choose from, as a table of its own, which the limit of the search does not reach into. */
function sourceOf(authors: AuthorSearch, conditions: readonly string[], byAuthor: readonly string[]): string {
  switch (authors) {
    case 'anywhere':
      return '';
    case 'newest':
      return `
      with pushes as (
        select * from pushledger.pushes
        ${whereOf(conditions)}
        order by received_at desc, push_id desc
        limit ${newestWindow}
      )`;
    case 'index':
      return `
      with pushes as materialized (
        select * from pushledger.pushes
        ${whereOf([...conditions, ...byAuthor])}
      )`;
  }
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length > 0 ? `where ${conditions.join('\n        and ')}` : '';
}

/** The index has the first digits of each commit; the rest is compared in the few pushes that it finds. */
function commitConditions(commit: string, value: (given: unknown) => string): string[] {
  const indexed = `commit_prefixes @> ${value([commit.slice(0, minCommitDigits)])}::text[]`;
  if (commit.length === minCommitDigits) return [indexed];
  const beginning = value(`${commit}%`);
  const listed = `exists (
          select from data_factory.runs as run, jsonb_array_elements(run.commits) as listed
          where run.run_id = pushes.push_id and listed ->> 'id' like ${beginning})`;
  return [indexed, `(after_sha like ${beginning} or ${listed})`];
}
