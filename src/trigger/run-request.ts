import { dagRunIdOf, type RunId } from '../events/ids.ts';
import type { PushReceived } from '../events/push-received.ts';

/** What is posted to dag_engine: see docs/dag-engine.md. The names are those of `data_factory.runs`. */
export interface RunRequest {
  readonly trigger: 'api';
  readonly dag: string;
  readonly run: {
    readonly run_id: RunId;
    /** The push, which is a run itself. */
    readonly parent_run_id: string;
    readonly push_id: string;
    readonly node_id: string;
    readonly instance: string;
    readonly repository: string;
    readonly repository_url: string | null;
    readonly ref: string;
    readonly branch: string | null;
    readonly kind: PushReceived['kind'];
    readonly before_sha: string | null;
    readonly after_sha: string;
    readonly commit_count: number;
    /** True where there may be more commits than that. */
    readonly commit_count_is_floor: boolean;
    readonly author: string | null;
    readonly pusher: string | null;
    /** The first line of the head commit's. */
    readonly message: string | null;
    readonly url: string | null;
    readonly compare_url: string | null;
    /** ISO 8601. */
    readonly received_at: string;
  };
}

/** The same for the same push and DAG, so that each attempt sends the same bytes under the same key. */
export function runRequest(push: PushReceived, dag: string): RunRequest {
  const { head } = push;
  return {
    trigger: 'api',
    dag,
    run: {
      run_id: dagRunIdOf(push.pushId),
      parent_run_id: push.pushId,
      push_id: push.pushId,
      node_id: push.nodeId,
      instance: push.instance,
      repository: push.repository.fullName,
      repository_url: push.repository.url,
      ref: push.ref,
      branch: push.branch,
      kind: push.kind,
      before_sha: push.before,
      after_sha: push.after,
      commit_count: push.totalCommits,
      commit_count_is_floor: push.totalIsFloor,
      author: head ? head.author.name || head.author.username || null : null,
      pusher: push.pusher?.login ?? null,
      message: head ? (head.message.split('\n', 1)[0] ?? '').trimEnd() : null,
      url: head?.url ?? null,
      compare_url: push.compareUrl,
      received_at: push.receivedAt,
    },
  };
}
