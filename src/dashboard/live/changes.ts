import { decodeEvent, type StoredEvent } from '../../events/codec.ts';
import type { DomainEvent } from '../../events/event.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { Changes } from '../api/schemas/live.ts';
import type { ListedPush } from '../api/schemas/pushes.ts';

/** So many of each kind are told one by one; of more, only how many. */
export const maxTold = 20;

const notificationTypes: ReadonlySet<string> = new Set([
  'NotificationPlanned',
  'NotificationSent',
  'NotificationFailed',
  'NotificationRetried',
]);
const triggerTypes: ReadonlySet<string> = new Set(['DagTriggered', 'DagTriggerFailed', 'DagTriggerRetried']);

/**
 * What viewers are told of a part of the log. Only the events that are told are decoded: under load a viewer sees the
 * newest ones, and decoding all of them for nobody would slow down what takes the deliveries.
 *
 * @returns null where there is nothing to tell
 */
export function changesOf(events: readonly StoredEvent[]): Changes | null {
  const last = events.at(-1);
  const pushes = events.filter(({ type }) => type === 'PushReceived');
  const notifications = events.filter(({ type }) => notificationTypes.has(type));
  const triggers = events.filter(({ type }) => triggerTypes.has(type));
  if (!last || pushes.length + notifications.length + triggers.length === 0) return null;
  return {
    position: String(last.position),
    pushes: told(pushes).flatMap((event) => (event.type === 'PushReceived' ? [listed(event)] : [])),
    morePushes: more(pushes),
    notifications: told(notifications).flatMap(notificationOf),
    moreNotifications: more(notifications),
    triggers: told(triggers).flatMap(triggerOf),
    moreTriggers: more(triggers),
  };
}

function more(events: readonly StoredEvent[]): number {
  return Math.max(0, events.length - maxTold);
}

/** The newest, first. */
function told(events: readonly StoredEvent[]): DomainEvent[] {
  return events.slice(-maxTold).toReversed().flatMap(decoded);
}

/** One that does not fit its schema is parked by those who project it: viewers see it there. */
function decoded(event: StoredEvent): DomainEvent[] {
  try {
    return [decodeEvent(event) ?? []].flat();
  } catch (error) {
    if (error instanceof CodedError && error.code === 'EVENT_INVALID') return [];
    throw error;
  }
}

function listed({ data: push }: DomainEvent<'PushReceived'>): ListedPush {
  const { head } = push;
  return {
    pushId: push.pushId,
    receivedAt: push.receivedAt,
    pushedAt: push.pushedAt,
    source: push.source,
    repository: push.repository.fullName,
    ref: push.ref,
    refKind: push.refKind,
    branch: push.branch,
    kind: push.kind,
    before: push.before,
    after: push.after,
    commitCount: push.totalCommits,
    commitCountIsFloor: push.totalIsFloor,
    forced: null,
    pusher: push.pusher?.login ?? null,
    author: head ? head.author.name || head.author.username || null : null,
    title: head ? (head.message.split('\n', 1)[0]?.trimEnd() ?? '') : null,
    compareUrl: push.compareUrl,
    ignored: push.ignored,
    announcement: push.ignored === null ? 'waiting' : 'ignored',
  };
}

function notificationOf(event: DomainEvent): Changes['notifications'] {
  switch (event.type) {
    case 'NotificationPlanned':
      return [outcome(event.data, 'planned', event.data.plannedAt)];
    case 'NotificationSent':
      return [outcome(event.data, 'sent', event.data.sentAt)];
    case 'NotificationFailed':
      return [outcome(event.data, 'parked', event.data.failedAt, event.data.reason)];
    case 'NotificationRetried':
      return [outcome(event.data, 'planned', event.data.retriedAt)];
    default:
      return [];
  }
}

function triggerOf(event: DomainEvent): Changes['triggers'] {
  switch (event.type) {
    case 'DagTriggered':
      return [{ pushIds: [event.data.pushId], state: 'triggered', at: event.data.triggeredAt, reason: null }];
    case 'DagTriggerFailed': {
      const { pushId, failedAt, reason } = event.data;
      return [{ pushIds: [pushId], state: 'parked', at: failedAt, reason }];
    }
    case 'DagTriggerRetried':
      return [{ pushIds: [event.data.pushId], state: 'due', at: event.data.retriedAt, reason: null }];
    default:
      return [];
  }
}

function outcome(
  { messageId, version, pushIds }: { messageId: string; version: number; pushIds: readonly string[] },
  state: string,
  at: string,
  reason: string | null = null,
): Changes['notifications'][number] {
  return { messageId, version, pushIds: [...pushIds], state, at, reason };
}
