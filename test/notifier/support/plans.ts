import type { EventDraft } from '../../../src/events/event.ts';
import { messageIdOf } from '../../../src/events/ids.ts';
import type { PushReceived } from '../../../src/events/push-received.ts';
import { plannedDraft } from '../../../src/notifier/drafts.ts';
import type { FoundPush } from '../../../src/notifier/read-pushes.ts';
import { pushDraft } from './facts.ts';

export interface PlanOptions {
  readonly room: string;
  readonly now: Date;
  readonly version?: number;
  readonly replaces?: string;
  /** Those that no version before named; all of them when absent. */
  readonly news?: readonly PushReceived[];
  /** Every room of the news; the message's own when absent. */
  readonly rooms?: readonly string[];
  readonly enriched?: readonly EventDraft<'PushEnriched'>[];
}

/** The plan of a message of these pushes, named by the first. */
export function plan(
  facts: readonly [PushReceived, ...PushReceived[]],
  { room, now, version = 1, replaces, news = facts, rooms = [room], enriched = [] }: PlanOptions,
): EventDraft<'NotificationPlanned'> {
  const found = facts.map((push) => ({
    push,
    event: pushDraft(push) as unknown as FoundPush['event'],
    enrichment: enriched.find(({ data }) => data.pushId === push.pushId)?.data ?? null,
  }));
  const message = {
    messageId: messageIdOf(room, facts[0].pushId),
    version,
    room,
    pushIds: facts.map(({ pushId }) => pushId),
    news: news.map(({ pushId }) => ({ pushId, repository: '', recordedAt: now, rooms })),
    replaces: replaces ?? null,
  };
  return plannedDraft(message, found, now);
}
