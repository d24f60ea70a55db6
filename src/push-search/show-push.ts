import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import type { EventMetadata } from '../events/event.ts';
import { type EventId, type PushId, streamOf } from '../events/ids.ts';
import type { PushEnriched } from '../events/push-enriched.ts';
import type { PushReceived, SignedBody } from '../events/push-received.ts';
import { chainOf } from './chain.ts';

/** All that is known of a push. */
export interface PushDetails {
  readonly eventId: EventId;
  readonly recordedAt: string;
  readonly facts: PushReceived;
  /** Milliseconds that the steps before the append took. */
  readonly timings: EventMetadata['timings'] | null;
  /** The webhook of a push that recovery had found first. */
  readonly confirmation: {
    readonly deliveryId: string;
    readonly receivedAt: string;
    readonly body: SignedBody;
  } | null;
  /** What Gitea's API told besides; null where it has not (yet). */
  readonly enrichment: PushEnriched | null;
  /** What was done for it, in the order of time. */
  readonly calls: readonly (Call & { readonly depth: number })[];
  readonly redeliveries: readonly { readonly deliveryId: string; readonly receivedAt: Date }[];
  readonly notifications: readonly PushNotification[];
  /** What became of its DAG; null where there is no dag_engine, or was none, and where the push was ignored. */
  readonly dag: PushTrigger | null;
}

export interface Call {
  readonly callId: string;
  readonly parentCallId: string | null;
  readonly functionName: string;
  readonly status: string;
  readonly startedAt: Date;
  /** Null where no event holds it. */
  readonly durationMs: number | null;
  readonly error: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface PushNotification {
  readonly messageId: string;
  readonly version: number;
  readonly room: string;
  readonly state: string;
  readonly plannedAt: Date;
  readonly sentAt: Date | null;
  readonly attempts: number;
  readonly reason: string | null;
}

export interface PushTrigger {
  readonly state: string;
  /** Null: none was configured for its repository. */
  readonly dag: string | null;
  readonly attempts: number;
  /** Of its run in `data_factory.runs`. */
  readonly runId: string | null;
  readonly remoteRunId: string | null;
  readonly remoteUrl: string | null;
  readonly triggeredAt: Date | null;
  readonly reason: string | null;
}

/** Facts come from the log, the rest from what is made of it. Null when the log has no such push. */
export async function showPush(store: EventStore, pool: Pool, pushId: PushId): Promise<PushDetails | null> {
  const streams = [streamOf.push(pushId), streamOf.confirmation(pushId), streamOf.enrichment(pushId)];
  const events = (await store.readStreams(streams)).map(decodeEvent);
  const push = events.find((event) => event?.type === 'PushReceived');
  if (push?.type !== 'PushReceived') return null;
  const confirmed = events.find((event) => event?.type === 'PushConfirmed');
  const enriched = events.find((event) => event?.type === 'PushEnriched');
  const [calls, notifications, dag] = await Promise.all([
    readCalls(pool, pushId),
    readNotifications(pool, pushId),
    readTrigger(pool, pushId),
  ]);
  return {
    eventId: push.id,
    recordedAt: push.metadata.recordedAt,
    facts: push.data,
    timings: push.metadata.timings ?? null,
    confirmation: confirmed?.type === 'PushConfirmed' ? confirmed.data : null,
    enrichment: enriched?.type === 'PushEnriched' ? enriched.data : null,
    calls,
    redeliveries: calls
      .filter(({ attributes }) => attributes.event === 'PushRedelivered')
      .map(({ attributes, startedAt }) => ({
        deliveryId: String(attributes.delivery_id),
        receivedAt: startedAt,
      })),
    notifications,
    dag,
  };
}

/** The very bytes that Gitea signed; of a push that recovery found first, those of its confirmation. Null without any. */
export async function readSignedBytes(store: EventStore, pushId: PushId): Promise<Buffer | null> {
  const compressed =
    (await store.readBody(streamOf.push(pushId))) ?? (await store.readBody(streamOf.confirmation(pushId)));
  return compressed && promisify(gunzip)(compressed);
}

async function readCalls(pool: Pool, pushId: PushId): Promise<PushDetails['calls']> {
  const { rows } = await pool.query<Call>(
    `select call_id as "callId", parent_call_id as "parentCallId", function_name as "functionName", status,
            started_at as "startedAt", duration_ms as "durationMs", error,
            coalesce(attributes, '{}') as attributes
     from call_monitor.calls
     where trace_id = $1 and recorded_by = 'pushledger'
     order by started_at, function_name, call_id`,
    [pushId],
  );
  return chainOf(rows);
}

async function readNotifications(pool: Pool, pushId: PushId): Promise<PushNotification[]> {
  const { rows } = await pool.query<PushNotification>(
    `select message_id as "messageId", version, room, state, planned_at as "plannedAt", sent_at as "sentAt", attempts,
            reason
     from pushledger.notifications
     where push_ids @> array[$1::uuid]
     order by planned_position`,
    [pushId],
  );
  return rows;
}

async function readTrigger(pool: Pool, pushId: PushId): Promise<PushTrigger | null> {
  const { rows } = await pool.query<PushTrigger>(
    `select state, dag, attempts, run_id as "runId", remote_run_id as "remoteRunId", remote_url as "remoteUrl",
            triggered_at as "triggeredAt", reason
     from pushledger.triggers
     where push_id = $1`,
    [pushId],
  );
  return rows[0] ?? null;
}
