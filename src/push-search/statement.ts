import { minCommitDigits, type PushFilter } from './filter.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The statement of a search. Each condition is written as its index is (see the migration), and the order is that of
 * the indexes, so that none of them sorts or scans the table.
 */
export function searchStatement(filter: PushFilter): Statement {
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions: string[] = [];
  const { repository, branch, pusher, author, commit, text, since, until, cursor } = filter;
  if (repository !== undefined) conditions.push(`lower(repository) = lower(${value(repository)})`);
  if (branch !== undefined) conditions.push(`branch = ${value(branch)}`);
  if (pusher !== undefined) conditions.push(`lower(pusher) = lower(${value(pusher)})`);
  // In lower case by the same function that the projection used.
  if (author !== undefined) conditions.push(`authors @> ${value([author.toLowerCase()])}::text[]`);
  if (commit !== undefined) conditions.push(...commitConditions(commit.toLowerCase(), value));
  if (text !== undefined) {
    conditions.push(`to_tsvector('simple', messages) @@ websearch_to_tsquery('simple', ${value(text)})`);
  }
  if (since) conditions.push(`received_at >= ${value(since)}`);
  if (until) conditions.push(`received_at < ${value(until)}`);
  if (cursor) {
    conditions.push(`(received_at, push_id) < (${value(cursor.receivedAt)}, ${value(cursor.pushId)}::uuid)`);
  }
  return {
    text: `
      select push_id, received_at, pushed_at, source, repository, ref, ref_kind, branch, kind, before_sha, after_sha,
             commit_count, commit_count_is_floor, pusher, authors, messages, compare_url, ignored, delivery_id
      from pushledger.pushes
      ${conditions.length > 0 ? `where ${conditions.join('\n        and ')}` : ''}
      order by received_at desc, push_id desc
      limit ${value(filter.limit)}`,
    values,
  };
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
