import type { DomainEvent } from '../../events/event.ts';
import { callIdOf } from '../../events/ids.ts';
import { cleanText } from '../../events/text.ts';
import type { Row } from '../table.ts';

const trigger = 'dag_engine.trigger';

/** @param parent the function that led to it, in the same trace */
export function callOfTriggered({ data, id }: DomainEvent<'DagTriggered'>, parent: string): Row {
  return {
    ...callOf(data.pushId, id, parent),
    status: data.attempts > 1 ? 'retried' : 'ok',
    started_at: data.startedAt,
    duration_ms: between(data.startedAt, data.triggeredAt),
    error: null,
    attributes: {
      dag: cleanText(data.dag),
      run_id: data.runId,
      remote_run_id: data.remoteRunId === null ? null : cleanText(data.remoteRunId),
      http_status: data.httpStatus,
      attempts: data.attempts,
    },
  };
}

export function callOfTriggerFailed({ data, id }: DomainEvent<'DagTriggerFailed'>, parent: string): Row {
  return {
    ...callOf(data.pushId, id, parent),
    status: 'error',
    started_at: data.startedAt,
    duration_ms: between(data.startedAt, data.failedAt),
    error: cleanText(data.reason),
    attributes: { dag: cleanText(data.dag), run_id: id, attempts: data.attempts },
  };
}

function callOf(pushId: string, eventId: string, parent: string): Row {
  return {
    call_id: callIdOf(pushId, trigger, eventId),
    trace_id: pushId,
    parent_call_id: callIdOf(pushId, parent),
    function_name: trigger,
  };
}

function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
