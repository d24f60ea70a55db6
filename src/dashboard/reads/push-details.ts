import type { PushId } from '../../events/ids.ts';
import {
  type PushNotification as FoundNotification,
  type PushDetails as Shown,
  showPush,
} from '../../push-search/show-push.ts';
import { notificationState } from '../api/schemas/notifications.ts';
import type { PushDetails, PushNotification } from '../api/schemas/push-details.ts';
import type { DashboardPorts } from '../ports.ts';
import { announcementsOf } from './announcements.ts';
import { waterfall } from './calls.ts';

/** Null where the log has no such push. */
export async function readPushDetails(ports: DashboardPorts, pushId: PushId): Promise<PushDetails | null> {
  const shown = await showPush(ports.store, ports.pool, pushId);
  if (!shown) return null;
  const { facts } = shown;
  const announced = { pushId, receivedAt: new Date(facts.receivedAt), ignored: facts.ignored };
  const [announcements, notifications, nodeId] = await Promise.all([
    announcementsOf(ports, [announced]),
    withContents(ports, pushId, shown.notifications),
    readNodeId(ports, pushId),
  ]);
  return {
    ...factsOf(shown),
    nodeId,
    announcement: announcements.get(pushId) ?? 'none',
    calls: waterfall(shown.calls),
    redeliveries: shown.redeliveries.map(({ deliveryId, receivedAt }) => ({
      deliveryId,
      receivedAt: receivedAt.toISOString(),
    })),
    notifications,
    dag: shown.dag && { ...shown.dag, triggeredAt: shown.dag.triggeredAt?.toISOString() ?? null },
  };
}

type Facts = Omit<
  PushDetails,
  'nodeId' | 'announcement' | 'calls' | 'redeliveries' | 'notifications' | 'dag'
>;

function factsOf({ facts, confirmation, enrichment, recordedAt, timings }: Shown): Facts {
  const { occurrence: _occurrence, nodeId: _wished, head: _head, body: signed, ...rest } = facts;
  const body = signed ?? confirmation?.body ?? null;
  return {
    ...rest,
    pusher: facts.pusher && { login: facts.pusher.login, fullName: facts.pusher.fullName },
    ...(enrichment && enrichment.commits.length > 0 && { commits: enrichment.commits }),
    ...(enrichment?.totalCommits != null && { totalCommits: enrichment.totalCommits, totalIsFloor: false }),
    recovered: facts.recovered ?? null,
    within: facts.within ?? null,
    forced: enrichment?.forced ?? null,
    enrichedAt: enrichment?.enrichedAt ?? null,
    recordedAt,
    timings: timings ?? null,
    body: body && {
      digest: body.digest,
      size: body.size,
      stored: body.stored,
      contentType: body.contentType,
      secret: body.secret,
    },
  };
}

/** With what was planned to be sent. The last one first. */
async function withContents(
  { pool }: DashboardPorts,
  pushId: PushId,
  found: readonly FoundNotification[],
): Promise<PushNotification[]> {
  const { rows } = await pool.query<{ message_id: string; version: number; content: string }>(
    `select message_id, version, content from pushledger.notifications where push_ids @> array[$1::uuid]`,
    [pushId],
  );
  const contents = new Map(rows.map((row) => [`${row.message_id}.${row.version}`, row.content]));
  return found.toReversed().map((message) => ({
    ...message,
    state: notificationState.parse(message.state),
    plannedAt: message.plannedAt.toISOString(),
    sentAt: message.sentAt?.toISOString() ?? null,
    content: JSON.parse(contents.get(`${message.messageId}.${message.version}`) ?? '{}'),
  }));
}

async function readNodeId({ pool }: DashboardPorts, pushId: PushId): Promise<string | null> {
  const { rows } = await pool.query<{ node_id: string }>(
    `select node_id from data_factory.runs where run_id = $1 and recorded_by = 'pushledger'`,
    [pushId],
  );
  return rows[0]?.node_id ?? null;
}
