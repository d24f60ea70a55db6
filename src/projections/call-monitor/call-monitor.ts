import type { DomainEvent } from '../../events/event.ts';
import { callIdOf } from '../../events/ids.ts';
import { cleanText } from '../../events/text.ts';
import type { Projection } from '../projection.ts';
import type { Row, Table, Value } from '../table.ts';
import { callOfTriggered, callOfTriggerFailed } from './dag-calls.ts';

export const calls: Table = {
  schema: 'call_monitor',
  name: 'calls',
  key: ['call_id'],
  columns: {
    call_id: 'uuid',
    trace_id: 'uuid',
    parent_call_id: 'uuid',
    function_name: 'text',
    status: 'text',
    started_at: 'timestamp with time zone',
    duration_ms: 'double precision',
    error: 'text',
    attributes: 'jsonb',
  },
  shared: true,
  growth: 'appended',
};

/** Keeps `call_monitor.calls`: the chain of each push, with the times that the events hold and no others. */
export const callMonitor: Projection<null> = {
  name: 'call_monitor',
  version: 2,
  tables: [calls],
  empty: () => null,
  load: async () => null,
  loadAll: async () => null,
  fold: (_state, events) => new Map([[calls, events.flatMap(callsOf)]]),
};

/** The steps of a push, each caused by the one before it. */
const receive = 'ingest.receive';
const append = 'event_store.append';
const record = 'data_factory.record';
const send = 'matrix.send_message';
const enrich = 'gitea.enrich';

function callsOf(event: DomainEvent): Row[] {
  switch (event.type) {
    case 'PushReceived':
      return callsOfPush(event);
    case 'PushRedelivered':
    case 'PushConfirmed':
      return [callOfRepeat(event)];
    case 'PushEnriched':
      return [callOfEnriched(event)];
    case 'NotificationSent':
      return event.data.pushIds.map((pushId) => callOfSent(event, pushId));
    case 'NotificationFailed':
      return event.data.pushIds.map((pushId) => callOfFailed(event, pushId));
    case 'DagTriggered':
      return [callOfTriggered(event, record)];
    case 'DagTriggerFailed':
      return [callOfTriggerFailed(event, record)];
    default:
      return [];
  }
}

function callsOfPush({ data, metadata, id }: DomainEvent<'PushReceived'>): Row[] {
  const { pushId } = data;
  const common = { trace_id: pushId, status: 'ok', error: null };
  const received = callIdOf(pushId, receive);
  const appended = callIdOf(pushId, append);
  return [
    {
      ...common,
      call_id: received,
      parent_call_id: null,
      function_name: receive,
      started_at: data.receivedAt,
      duration_ms: sumOf(metadata.timings),
      attributes: {
        delivery_id: data.deliveryId,
        source: data.source,
        repository: data.repository.fullName,
        ref: data.ref,
        ...(metadata.timings && { timings: metadata.timings }),
      },
    },
    {
      ...common,
      call_id: appended,
      parent_call_id: received,
      function_name: append,
      started_at: metadata.recordedAt,
      // An event cannot hold how long it took to write it.
      duration_ms: null,
      attributes: { event_id: id },
    },
    {
      ...common,
      call_id: callIdOf(pushId, record),
      parent_call_id: appended,
      function_name: record,
      started_at: metadata.recordedAt,
      duration_ms: null,
      // The run's id is the trace's.
      attributes: null,
    },
  ];
}

/** A delivery that brought nothing new. */
function callOfRepeat(event: DomainEvent<'PushRedelivered' | 'PushConfirmed'>): Row {
  const { pushId, deliveryId, receivedAt } = event.data;
  return {
    call_id: callIdOf(pushId, receive, event.id),
    trace_id: pushId,
    parent_call_id: null,
    function_name: receive,
    status: event.type === 'PushConfirmed' ? 'ok' : 'retried',
    started_at: receivedAt,
    duration_ms: sumOf(event.metadata.timings),
    error: null,
    attributes: { delivery_id: deliveryId, event: event.type },
  };
}

/** It ended when the event says; how long it took is among the timings. */
function callOfEnriched({ data, metadata }: DomainEvent<'PushEnriched'>): Row {
  const { pushId, enrichedAt, totalCommits, forced, notes } = data;
  const duration = sumOf(metadata.timings);
  return {
    call_id: callIdOf(pushId, enrich),
    trace_id: pushId,
    parent_call_id: callIdOf(pushId, append),
    function_name: enrich,
    status: 'ok',
    started_at: new Date(Date.parse(enrichedAt) - (duration ?? 0)).toISOString(),
    duration_ms: duration,
    error: null,
    attributes: { total_commits: totalCommits, forced, notes: notes.map(cleanText) },
  };
}

function callOfSent({ data, id }: DomainEvent<'NotificationSent'>, pushId: string): Row {
  return {
    ...messageCall(pushId, id, {
      message_id: data.messageId,
      version: data.version,
      attempts: data.attempts,
    }),
    status: data.attempts > 1 ? 'retried' : 'ok',
    started_at: data.startedAt,
    duration_ms: Date.parse(data.sentAt) - Date.parse(data.startedAt),
    error: null,
  };
}

function callOfFailed({ data, id }: DomainEvent<'NotificationFailed'>, pushId: string): Row {
  return {
    ...messageCall(pushId, id, {
      message_id: data.messageId,
      version: data.version,
      attempts: data.attempts,
    }),
    status: 'error',
    started_at: data.failedAt,
    duration_ms: null,
    error: cleanText(data.reason),
  };
}

function messageCall(pushId: string, eventId: string, attributes: Value): Row {
  return {
    call_id: callIdOf(pushId, send, eventId),
    trace_id: pushId,
    parent_call_id: callIdOf(pushId, record),
    function_name: send,
    attributes,
  };
}

function sumOf(timings: Readonly<Record<string, number>> | undefined): number | null {
  if (!timings) return null;
  const sum = Object.values(timings).reduce((total, ms) => total + ms, 0);
  return Math.round(sum * 1_000) / 1_000;
}
