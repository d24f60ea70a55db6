import type { DomainEvent } from '../events/event.ts';
import type { PushId, RunId } from '../events/ids.ts';
import { oneLine } from './outside-text.ts';

/** `none`: no DAG was configured for its repository when the push was first read. */
export type TriggerState = 'none' | 'due' | 'triggered' | 'parked';

/** A row of `pushledger.triggers`. Times are ISO 8601. */
export interface TriggerRow {
  readonly push_id: PushId;
  readonly lane: string;
  readonly repository: string;
  readonly ref: string;
  readonly received_at: string;
  readonly state: TriggerState;
  readonly dag: string | null;
  readonly due_since: string;
  readonly attempts: number;
  readonly failures: number;
  readonly retries: number;
  readonly run_id: RunId | null;
  readonly remote_run_id: string | null;
  readonly remote_url: string | null;
  readonly triggered_at: string | null;
  readonly failed_at: string | null;
  readonly reason: string | null;
}

/** Longer names and refs than any that Gitea takes. */
const maxText = 1_000;

export function rowOfPush({ data }: DomainEvent<'PushReceived'>, dag: string | null): TriggerRow {
  return {
    push_id: data.pushId,
    lane: `${data.repository.id}@${oneLine(data.instance, maxText)}`,
    repository: oneLine(data.repository.fullName, maxText),
    ref: oneLine(data.ref, maxText),
    received_at: data.receivedAt,
    state: dag === null ? 'none' : 'due',
    dag,
    // What recovery found may be older than the moment when we heard of it.
    due_since: data.pushedAt ?? data.receivedAt,
    attempts: 0,
    failures: 0,
    retries: 0,
    run_id: null,
    remote_run_id: null,
    remote_url: null,
    triggered_at: null,
    failed_at: null,
    reason: null,
  };
}

export type OutcomeEvent = DomainEvent<'DagTriggered' | 'DagTriggerFailed' | 'DagTriggerRetried'>;

/** What was triggered once stays so, though another process gave it up before or after. */
export function evolve(row: TriggerRow, event: OutcomeEvent): TriggerRow {
  switch (event.type) {
    case 'DagTriggered':
      return {
        ...row,
        state: 'triggered',
        dag: oneLine(event.data.dag, maxText),
        attempts: event.data.attempts,
        run_id: event.data.runId,
        remote_run_id: event.data.remoteRunId && oneLine(event.data.remoteRunId, maxText),
        remote_url: event.data.remoteUrl && oneLine(event.data.remoteUrl, maxText),
        triggered_at: event.data.triggeredAt,
        reason: null,
      };
    case 'DagTriggerFailed': {
      const counted = { ...row, failures: row.failures + 1, failed_at: event.data.failedAt };
      if (row.state === 'triggered') return counted;
      const { dag, attempts, reason } = event.data;
      return {
        ...counted,
        state: 'parked',
        dag: oneLine(dag, maxText),
        attempts,
        reason: oneLine(reason, maxText),
      };
    }
    case 'DagTriggerRetried': {
      const counted = { ...row, retries: row.retries + 1 };
      // Without a DAG there is nothing that could be asked for.
      if (row.state === 'triggered' || row.dag === null) return counted;
      return { ...counted, state: 'due', due_since: event.data.retriedAt };
    }
  }
}
