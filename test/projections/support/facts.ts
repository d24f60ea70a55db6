import { randomUUID } from 'node:crypto';
import type { EventDraft } from '../../../src/events/event.ts';
import {
  type DeliveryId,
  dagRunIdOf,
  type EventId,
  eventIdOfStream,
  type MessageId,
  type PushId,
  streamOf,
} from '../../../src/events/ids.ts';
import { type PushEventOptions, pushEvent } from '../../support/push-event.ts';

const at = (second: number) => new Date(Date.UTC(2026, 1, 3, 6, 0, second));

/** A push as its writer states it; `position` makes it one of its own and says when it came. */
export function pushDraft(options: PushEventOptions): EventDraft<'PushReceived'> {
  const { stream, id, data, metadata } = pushEvent(options);
  return {
    type: 'PushReceived',
    stream,
    id,
    data,
    correlationId: data.pushId,
    causationId: data.deliveryId ?? data.pushId,
    recordedAt: new Date(metadata.recordedAt),
    timings: { readMs: 1.25, verifyMs: 0.5 },
  };
}

export function pushDrafts(
  count: number,
  options: Partial<PushEventOptions> = {},
): EventDraft<'PushReceived'>[] {
  return Array.from({ length: count }, (_, index) =>
    pushDraft({
      repositoryId: 1 + (index % 3),
      fullName: `acme/repository-${index % 3}`,
      ...options,
      position: index + (options.position ?? 1),
    }),
  );
}

export function redeliveredDraft(pushId: PushId): EventDraft<'PushRedelivered'> {
  const deliveryId = randomUUID() as DeliveryId;
  return {
    type: 'PushRedelivered',
    stream: streamOf.redelivery(deliveryId),
    id: deliveryId as string as EventId,
    data: { pushId, deliveryId, receivedAt: at(1).toISOString(), signature: 'ab', secret: 'main' },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: at(1),
    timings: { readMs: 2 },
  };
}

export function confirmedDraft(pushId: PushId): EventDraft<'PushConfirmed'> {
  const deliveryId = randomUUID() as DeliveryId;
  return {
    type: 'PushConfirmed',
    stream: streamOf.confirmation(pushId),
    id: deliveryId as string as EventId,
    data: {
      pushId,
      deliveryId,
      receivedAt: at(2).toISOString(),
      body: {
        digest: '0'.repeat(64),
        size: 1,
        stored: false,
        contentType: 'json',
        signature: '0'.repeat(64),
        secret: 'main',
      },
    },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: at(2),
  };
}

/** What Gitea told of a push; `told` says how much: 0 nothing, 1 whether it was forced, 2 its commits as well. */
export function enrichedDraft(pushId: PushId, told = 2): EventDraft<'PushEnriched'> {
  const stream = streamOf.enrichment(pushId);
  const known = pushEvent({ position: 1 }).data.commits;
  const ids = told === 2 ? [0, 1, 2, 3, 4, 5, 6] : [];
  const commits = ids.flatMap((index) =>
    known.slice(0, 1).map((commit) => ({
      ...commit,
      id: `${index}`.repeat(40),
      message: `enriched commit number ${index}\n`,
    })),
  );
  return {
    type: 'PushEnriched',
    stream,
    id: eventIdOfStream(stream),
    data: {
      pushId,
      enrichedAt: at(6).toISOString(),
      commits,
      totalCommits: told === 2 ? commits.length : null,
      truncated: false,
      forced: told === 0 ? null : true,
      notes: told === 0 ? ['not told'] : [],
    },
    correlationId: pushId,
    causationId: pushId,
    recordedAt: at(6),
    timings: { enrichMs: 1_250 },
  };
}

export function sentDraft(pushIds: readonly PushId[], attempts = 1): EventDraft<'NotificationSent'> {
  const messageId = randomUUID() as MessageId;
  const stream = streamOf.notificationSent(messageId, 1);
  return {
    type: 'NotificationSent',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version: 1,
      pushIds: [...pushIds],
      remoteId: '$event-1',
      device: null,
      attempts,
      startedAt: at(3).toISOString(),
      sentAt: new Date(at(3).getTime() + 125).toISOString(),
    },
    correlationId: pushIds[0] ?? messageId,
    causationId: messageId,
    recordedAt: at(4),
  };
}

export function failedDraft(
  pushIds: readonly PushId[],
  reason = 'M_FORBIDDEN',
): EventDraft<'NotificationFailed'> {
  const messageId = randomUUID() as MessageId;
  const stream = streamOf.notificationFailed(messageId, 1, 1);
  return {
    type: 'NotificationFailed',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version: 1,
      pushIds: [...pushIds],
      attempts: 3,
      reason,
      failedAt: at(5).toISOString(),
    },
    correlationId: pushIds[0] ?? messageId,
    causationId: messageId,
    recordedAt: at(5),
  };
}

/** dag_engine accepted the run of a push. */
export function triggeredDraft(
  push: EventDraft<'PushReceived'>['data'],
  attempts = 1,
): EventDraft<'DagTriggered'> {
  const stream = streamOf.dag(push.pushId);
  return {
    type: 'DagTriggered',
    stream,
    id: eventIdOfStream(stream),
    data: {
      ...trialOf(push, attempts),
      runId: dagRunIdOf(push.pushId),
      remoteRunId: 'manual__2026',
      remoteUrl: 'https://dags.test/runs/1',
      httpStatus: 201,
      triggeredAt: new Date(at(6).getTime() + 250).toISOString(),
    },
    correlationId: push.pushId,
    causationId: push.pushId,
    recordedAt: at(7),
  };
}

/** dag_engine refused it, for the nth time. */
export function triggerFailedDraft(
  push: EventDraft<'PushReceived'>['data'],
  ordinal = 1,
): EventDraft<'DagTriggerFailed'> {
  const stream = streamOf.dagFailed(push.pushId, ordinal);
  return {
    type: 'DagTriggerFailed',
    stream,
    id: eventIdOfStream(stream),
    data: { ...trialOf(push, 1), reason: 'HTTP 404: no such\0 DAG', failedAt: at(7).toISOString() },
    correlationId: push.pushId,
    causationId: push.pushId,
    recordedAt: at(7),
  };
}

function trialOf(push: EventDraft<'PushReceived'>['data'], attempts: number) {
  const { pushId, instance, repository, ref, branch, before, after } = push;
  return {
    pushId,
    dag: 'gitea_push',
    instance,
    repository: { id: repository.id, fullName: repository.fullName },
    ref,
    branch,
    before,
    after,
    attempts,
    startedAt: at(6).toISOString(),
  };
}

/** A page of a day: pushes, one of them sent again, one confirmed, messages sent and given up. */
export function mixedDrafts(pushCount: number, options: Partial<PushEventOptions> = {}): EventDraft[] {
  const pushes = pushDrafts(pushCount, options);
  const [first, second = first] = pushes.map(({ data }) => data.pushId);
  if (!first || !second) return [];
  return [
    ...pushes,
    redeliveredDraft(first),
    confirmedDraft(second),
    sentDraft([first, second], 2),
    failedDraft([second]),
    enrichedDraft(first),
    ...(second === first ? [] : [enrichedDraft(second, 1)]),
  ];
}
