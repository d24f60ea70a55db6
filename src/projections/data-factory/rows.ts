import type { DomainEvent } from '../../events/event.ts';

/** A row of `data_factory.nodes`, in the columns that are ours. Times are ISO 8601. */
export interface NodeRow {
  readonly node_id: string;
  readonly name: string;
  readonly repo_id: number;
  readonly repo_full_name: string;
  readonly repo_url: string | null;
  readonly last_run_id: string;
  readonly last_run_at: string;
  readonly last_status: string;
  /** Runs to be added to those that the row has. */
  readonly run_count: number;
  /** For a row that is new; one that exists keeps its own. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** A row of `data_factory.runs`. */
export interface RunRow {
  readonly run_id: string;
  readonly node_id: string;
  readonly trigger: string;
  readonly status: string;
  readonly started_at: string;
  readonly finished_at: string;
  readonly duration_ms: number;
  readonly push_id: string;
  readonly delivery_id: string | null;
  readonly ref: string;
  readonly branch: string | null;
  readonly before_sha: string | null;
  readonly after_sha: string;
  readonly commit_count: number;
  readonly author: string | null;
  readonly pusher: string | null;
  readonly message: string | null;
  readonly url: string | null;
  readonly compare_url: string | null;
  readonly commits: readonly RunCommit[];
}

/** An element of `runs.commits`, oldest first. */
export interface RunCommit {
  readonly id: string;
  readonly message: string;
  readonly author: string;
  readonly email: string;
  readonly authored_at: string | null;
  readonly url: string | null;
}

type PushEvent = DomainEvent<'PushReceived'>;

/** The run that a push is. Its id is the push's own: one push, one run. */
export function runOf(event: PushEvent, nodeId: string): RunRow {
  const push = event.data;
  const startedAt = new Date(push.receivedAt);
  const finishedAt = new Date(event.metadata.recordedAt);
  const head = push.head;
  return {
    run_id: push.pushId,
    node_id: nodeId,
    trigger: push.source,
    status: push.ignored === null ? 'success' : 'ignored',
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    duration_ms: Math.max(0, finishedAt.getTime() - startedAt.getTime()),
    push_id: push.pushId,
    delivery_id: push.deliveryId,
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
    commits: push.commits.map((commit) => ({
      id: commit.id,
      message: commit.message,
      author: commit.author.name,
      email: commit.author.email,
      authored_at: commit.authoredAt,
      url: commit.url,
    })),
  };
}

/** What a batch of pushes of one repository, in log order, makes of its node. */
export function nodeOf(events: readonly PushEvent[], nodeId: string): NodeRow | null {
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last) return null;
  const { repository } = last.data;
  const lastRun = runOf(last, nodeId);
  return {
    node_id: nodeId,
    name: repository.name,
    repo_id: repository.id,
    repo_full_name: repository.fullName,
    repo_url: repository.url,
    last_run_id: lastRun.run_id,
    last_run_at: lastRun.started_at,
    last_status: lastRun.status,
    run_count: events.length,
    created_at: first.data.receivedAt,
    updated_at: last.data.receivedAt,
  };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.trimEnd() ?? '';
}
