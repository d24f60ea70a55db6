import type { DomainEvent, EventDraft } from '../../events/event.ts';
import { eventIdOfStream, streamOf } from '../../events/ids.ts';
import type { Learnt } from './ask-gitea.ts';

/** @param enrichMs how long the asking took, in milliseconds */
export function enrichedDraft(
  push: DomainEvent<'PushReceived'>,
  learnt: Learnt,
  { now, enrichMs }: { readonly now: Date; readonly enrichMs: number },
): EventDraft<'PushEnriched'> {
  const { pushId } = push.data;
  const stream = streamOf.enrichment(pushId);
  return {
    type: 'PushEnriched',
    stream,
    id: eventIdOfStream(stream),
    data: { pushId, enrichedAt: now.toISOString(), ...learnt },
    correlationId: pushId,
    causationId: push.id,
    recordedAt: now,
    timings: { enrichMs: Math.max(0, enrichMs) },
  };
}
