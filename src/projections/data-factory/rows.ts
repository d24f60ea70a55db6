import type { DomainEvent } from '../../events/event.ts';
import type { Commit } from '../../events/push-received.ts';
import type { Row } from '../table.ts';
import type { Repository } from './repositories.ts';

type PushEvent = DomainEvent<'PushReceived'>;

/** What the column holds: a delivery that waited longer in a spool (24.8 days) shows this. */
const maxDurationMs = 2 ** 31 - 1;

/** The run that a push is. Its id is the push's own: one push, one run. */
export function runRow(event: PushEvent, nodeId: string): Row {
  const push = event.data;
  const startedAt = startOf(push);
  const finishedAt = event.metadata.recordedAt;
  const head = push.head;
  return {
    run_id: push.pushId,
    node_id: nodeId,
    trigger: push.source,
    status: statusOf(push),
    started_at: startedAt,
    finished_at: finishedAt,
    duration_ms: Math.min(maxDurationMs, Math.max(0, Date.parse(finishedAt) - Date.parse(push.receivedAt))),
    push_id: push.pushId,
    delivery_id: push.deliveryId,
    parent_run_id: null,
    ref: push.ref,
    branch: push.branch,
    before_sha: push.before,
    after_sha: push.after,
    commit_count: push.totalCommits,
    author: head ? head.author.name || head.author.username || null : null,
    pusher: push.pusher?.login ?? null,
    message: head ? firstLine(head.message) : null,
    url: head?.url ?? null,
    compare_url: push.compareUrl,
    commits: commitsOf(push.commits),
  };
}

export function commitsOf(commits: readonly Commit[]): Row[] {
  return commits.map((commit) => ({
    id: commit.id,
    message: commit.message,
    author: commit.author.name,
    email: commit.author.email,
    authored_at: commit.authoredAt,
    url: commit.url,
  }));
}

/** What a node shows of the last push of its repository. */
export function lastPushOf({ data }: PushEvent): Row {
  return {
    name: data.repository.name,
    repo_id: data.repository.id,
    repo_full_name: data.repository.fullName,
    repo_url: data.repository.url,
    last_run_id: data.pushId,
    last_run_at: startOf(data),
    last_status: statusOf(data),
    updated_at: startOf(data),
  };
}

export function nodeRow(repository: Repository): Row {
  return {
    ...repository.lastPush,
    node_id: repository.nodeId,
    kind: 'extractor',
    run_count: repository.runCount,
    created_at: repository.createdAt,
  };
}

export function repositoryRow(repository: Repository): Row {
  return {
    instance: repository.instance,
    repository_id: repository.repositoryId,
    node_id: repository.nodeId,
    run_count: repository.runCount,
    created_at: repository.createdAt,
    last_push: repository.lastPush,
  };
}

/** When it was pushed where that is known, else when we heard of it: ISO 8601 in UTC. */
export function startOf(push: PushEvent['data']): string {
  const time = push.pushedAt ?? push.receivedAt;
  return canonical.test(time) ? time : new Date(time).toISOString();
}

/** As `toISOString` gives it, which costs a rebuild much when it is asked four times a push. */
const canonical = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.trimEnd() ?? '';
}

function statusOf(push: PushEvent['data']): string {
  return push.ignored === null ? 'success' : 'ignored';
}
