import type { DomainEvent } from '../../events/event.ts';
import type { Projection } from '../projection.ts';
import type { Row, Table } from '../table.ts';

export const pushes: Table = {
  schema: 'pushledger',
  name: 'pushes',
  key: ['push_id'],
  columns: {
    push_id: 'uuid',
    received_at: 'timestamp with time zone',
    pushed_at: 'timestamp with time zone',
    source: 'text',
    instance: 'text',
    repository_id: 'bigint',
    repository: 'text',
    ref: 'text',
    ref_kind: 'text',
    branch: 'text',
    kind: 'text',
    before_sha: 'text',
    after_sha: 'text',
    commit_count: 'integer',
    commit_count_is_floor: 'boolean',
    pusher: 'text',
    pusher_name: 'text',
    authors: 'text[]',
    commit_prefixes: 'text[]',
    messages: 'text',
    compare_url: 'text',
    ignored: 'text',
    delivery_id: 'uuid',
  },
  shared: false,
  growth: 'appended',
};

/** So many hex digits of a commit id are indexed; a search needs at least as many. */
export const commitPrefixLength = 7;
/** Text beyond this is not searched, in UTF-16 units. */
const maxMessagesLength = 4_000;

/** Keeps `pushledger.pushes`: every push, to be searched. */
export const pushHistory: Projection<null> = {
  name: 'push_history',
  version: 1,
  tables: [pushes],
  empty: () => null,
  load: async () => null,
  loadAll: async () => null,
  fold: (_state, events) => new Map([[pushes, events.flatMap(rowsOf)]]),
};

function rowsOf(event: DomainEvent): Row[] {
  return event.type === 'PushReceived' ? [rowOf(event)] : [];
}

function rowOf({ data }: DomainEvent<'PushReceived'>): Row {
  const commits = data.head && data.commits.length === 0 ? [data.head] : data.commits;
  const authors = commits.flatMap(({ author }) => [author.name, author.email, author.username]);
  return {
    push_id: data.pushId,
    received_at: data.receivedAt,
    pushed_at: data.pushedAt,
    source: data.source,
    instance: data.instance,
    repository_id: data.repository.id,
    repository: data.repository.fullName,
    ref: data.ref,
    ref_kind: data.refKind,
    branch: data.branch,
    kind: data.kind,
    before_sha: data.before,
    after_sha: data.after,
    commit_count: data.totalCommits,
    commit_count_is_floor: data.totalIsFloor,
    pusher: data.pusher?.login ?? null,
    pusher_name: data.pusher?.fullName || null,
    // In lower case, so that a search needs no other index.
    authors: unique(authors.map((author) => author.toLowerCase()).filter((author) => author !== '')),
    commit_prefixes: unique(
      [data.after, ...commits.map(({ id }) => id)].map((id) => id.slice(0, commitPrefixLength)),
    ),
    messages: commits
      .map(({ message }) => message.trimEnd())
      .join('\n')
      .slice(0, maxMessagesLength)
      .toWellFormed(),
    compare_url: data.compareUrl,
    ignored: data.ignored,
    delivery_id: data.deliveryId,
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
