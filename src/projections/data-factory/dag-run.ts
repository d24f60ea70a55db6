import type { DomainEvent } from '../../events/event.ts';
import { cleanText } from '../../events/text.ts';
import type { Row } from '../table.ts';

/**
 * The run that a push started in dag_engine. It stays `running`: what becomes of it is dag_engine's own to tell, in a
 * row of its own.
 */
export function triggeredRunRow({ data }: DomainEvent<'DagTriggered'>, nodeId: string | null): Row {
  const called = data.remoteRunId === null ? '' : ` as ${data.remoteRunId}`;
  return {
    ...childRow(data, nodeId),
    run_id: data.runId,
    status: 'running',
    finished_at: null,
    duration_ms: null,
    message: cleanText(`DAG ${data.dag} accepted${called}`),
    url: data.remoteUrl === null ? null : cleanText(data.remoteUrl),
  };
}

/** A run that dag_engine did not take. When it is retried, that is a run of its own. */
export function failedRunRow({ data, id }: DomainEvent<'DagTriggerFailed'>, nodeId: string | null): Row {
  return {
    ...childRow(data, nodeId),
    run_id: id,
    status: 'failed',
    finished_at: data.failedAt,
    duration_ms: Math.max(0, Date.parse(data.failedAt) - Date.parse(data.startedAt)),
    message: cleanText(`DAG ${data.dag}: ${data.reason}`),
    url: null,
  };
}

function childRow(
  data: DomainEvent<'DagTriggered' | 'DagTriggerFailed'>['data'],
  nodeId: string | null,
): Row {
  return {
    node_id: nodeId,
    trigger: 'api',
    started_at: data.startedAt,
    push_id: data.pushId,
    delivery_id: null,
    parent_run_id: data.pushId,
    ref: data.ref,
    branch: data.branch,
    before_sha: data.before,
    after_sha: data.after,
    commit_count: null,
    author: null,
    pusher: null,
    compare_url: null,
    commits: null,
  };
}
