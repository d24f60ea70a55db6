import type { DomainEvent } from '../../events/event.ts';
import type { Projection } from '../projection.ts';
import type { Row } from '../table.ts';
import { enrichedPushes, pushAmendments } from './enriched-push.ts';
import { authorsOf, messagesOf, prefixesOf } from './searched.ts';
import { pushes } from './table.ts';

export { commitPrefixLength } from './searched.ts';
export { pushes } from './table.ts';

/** Text beyond this is not searched, in UTF-16 units. */
const maxMessagesLength = 4_000;

/** Keeps `pushledger.pushes`: every push, to be searched. */
export const pushHistory: Projection<null> = {
  name: 'push_history',
  version: 2,
  tables: [pushes],
  amendments: pushAmendments,
  empty: () => null,
  load: async () => null,
  loadAll: async () => null,
  fold: (_state, events) => new Map([[pushes, events.flatMap(rowsOf)], ...enrichedPushes(events)]),
};

function rowsOf(event: DomainEvent): Row[] {
  return event.type === 'PushReceived' ? [rowOf(event)] : [];
}

function rowOf({ data }: DomainEvent<'PushReceived'>): Row {
  const commits = data.head && data.commits.length === 0 ? [data.head] : data.commits;
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
    authors: authorsOf(commits),
    commit_prefixes: prefixesOf([data.after, ...commits.map(({ id }) => id)]),
    messages: messagesOf(commits).join('\n').slice(0, maxMessagesLength).toWellFormed(),
    compare_url: data.compareUrl,
    ignored: data.ignored,
    delivery_id: data.deliveryId,
    // No delivery tells.
    forced: null,
  };
}
