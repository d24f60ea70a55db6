import type { EventDraft } from '../events/event.ts';
import { eventIdOfStream, type MessageId, type PushId, streamOf } from '../events/ids.ts';
import { contentOf } from './content.ts';
import type { MessageToPlan } from './decide.ts';
import type { FoundPush } from './read-pushes.ts';
import { type RepositoryReference, repositoryKey } from './repository-key.ts';
import type { PlannedMessage } from './state.ts';

/**
 * The event ids follow from the streams: a process that writes the same again changes nothing, and gets to know
 * that it is stored.
 *
 * @param pushes those of the message that the log has
 */
export function plannedDraft(
  message: MessageToPlan,
  pushes: readonly FoundPush[],
  now: Date,
): EventDraft<'NotificationPlanned'> {
  const { messageId, version, room, news, replaces } = message;
  const stream = streamOf.notification(messageId, version);
  const pushIds = pushes.map(({ push }) => push.pushId);
  const newIds = new Set(news.map(({ pushId }) => pushId));
  const latest = pushes.findLast(({ push }) => newIds.has(push.pushId)) ?? pushes.at(-1);
  return {
    type: 'NotificationPlanned',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version,
      room,
      pushIds,
      routes: news.map(({ pushId, rooms }) => ({ pushId, rooms: [...rooms] })),
      opens: replaces === null ? repositoriesOf(pushes) : [],
      enriched: pushes.filter(({ enrichment }) => enrichment !== null).map(({ push }) => push.pushId),
      transactionId: transactionIdOf(messageId, version),
      content: contentOf({ messageId, version, pushes, replaces, named: without(pushIds, newIds) }),
      plannedAt: now.toISOString(),
    },
    correlationId: pushIds[0] ?? messageId,
    causationId: latest?.event.id ?? messageId,
    recordedAt: now,
  };
}

/** Made from the message's own id, as some homeservers keep one space of these for all rooms. */
function transactionIdOf(messageId: MessageId, version: number): string {
  return `pushledger.${messageId}.${version}`;
}

function repositoriesOf(pushes: readonly FoundPush[]): RepositoryReference[] {
  const byKey = new Map(
    pushes.map(({ push: { instance, repository } }) => {
      const reference = { instance, id: repository.id };
      return [repositoryKey(reference), reference];
    }),
  );
  return [...byKey.values()];
}

function without(pushIds: readonly PushId[], left: ReadonlySet<PushId>): ReadonlySet<PushId> {
  return new Set(pushIds.filter((pushId) => !left.has(pushId)));
}

/** A person's word that a parked message is to be sent again. */
export function retriedDraft(
  parked: Pick<PlannedMessage, 'messageId' | 'version' | 'pushIds' | 'failures'>,
  now: Date,
): EventDraft<'NotificationRetried'> {
  const { messageId, version, failures } = parked;
  const stream = streamOf.notificationRetried(messageId, version, failures);
  return {
    type: 'NotificationRetried',
    stream,
    id: eventIdOfStream(stream),
    data: { messageId, version, pushIds: [...parked.pushIds], failures, retriedAt: now.toISOString() },
    correlationId: parked.pushIds[0] ?? messageId,
    causationId: eventIdOfStream(streamOf.notificationFailed(messageId, version, failures)),
    recordedAt: now,
  };
}

export interface SentOutcome {
  readonly remoteId: string;
  readonly device: string | null;
  readonly attempts: number;
  /** Start of the first attempt of this process. */
  readonly startedAt: Date;
  readonly sentAt: Date;
}

export function sentDraft(message: PlannedMessage, outcome: SentOutcome): EventDraft<'NotificationSent'> {
  const { messageId, version } = message;
  const stream = streamOf.notificationSent(messageId, version);
  return {
    type: 'NotificationSent',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version,
      pushIds: [...message.pushIds],
      remoteId: outcome.remoteId,
      device: outcome.device,
      attempts: outcome.attempts,
      startedAt: outcome.startedAt.toISOString(),
      sentAt: outcome.sentAt.toISOString(),
    },
    ...chainOf(message),
    recordedAt: outcome.sentAt,
  };
}

export interface FailedOutcome {
  readonly reason: string;
  readonly attempts: number;
  readonly failedAt: Date;
}

export function failedDraft(
  message: PlannedMessage,
  outcome: FailedOutcome,
): EventDraft<'NotificationFailed'> {
  const { messageId, version } = message;
  const stream = streamOf.notificationFailed(messageId, version, message.failures + 1);
  return {
    type: 'NotificationFailed',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version,
      pushIds: [...message.pushIds],
      attempts: outcome.attempts,
      reason: outcome.reason,
      failedAt: outcome.failedAt.toISOString(),
    },
    ...chainOf(message),
    recordedAt: outcome.failedAt,
  };
}

function chainOf(message: Pick<PlannedMessage, 'messageId' | 'version' | 'pushIds'>): {
  correlationId: string;
  causationId: string;
} {
  const { messageId, version, pushIds } = message;
  return {
    // A plan names at least one push.
    correlationId: pushIds[0] ?? messageId,
    causationId: eventIdOfStream(streamOf.notification(messageId, version)),
  };
}
