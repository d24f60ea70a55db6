import type { DataOf } from '../events/catalogue.ts';
import type { StoredEvent } from '../events/codec.ts';
import type { EventDraft } from '../events/event.ts';
import { eventIdOfStream, streamOf } from '../events/ids.ts';
import type { AuditKey } from './audit-key.ts';
import { digestOfEvent } from './event-digest.ts';
import { recordedAtOf } from './recorded-at.ts';
import { createSealDigest } from './seal-digest.ts';
import type { Seal } from './seals.ts';

/** A seal is due when so many events wait for it … */
export const maxEventsPerSeal = 1_000;
/** … or when there has been something new for so long, in milliseconds. */
export const maxSealDelayMs = 60_000;

/** What the next seal will cover, so far. A fold of the log from the last seal. */
export interface PendingSeal {
  readonly count: number;
  add(event: StoredEvent, now: Date): void;
  isDue(now: Date): boolean;
  /** Ends this one. Only where `count` is not 0. */
  draft(now: Date): EventDraft<'LogSealed'>;
}

/** @param last the seal before it, or null */
export function createPendingSeal(key: AuditKey, last: Seal | null): PendingSeal {
  const place = { sequence: (last?.sequence ?? 0) + 1, previous: last?.hmac ?? null };
  const digest = createSealDigest(key.key, place);
  let count = 0;
  let range: Pick<DataOf<'LogSealed'>, 'first' | 'last'> | null = null;
  let newsSince: number | null = null;

  return {
    get count() {
      return count;
    },
    add(event, now) {
      digest.add(digestOfEvent(event));
      count++;
      const reference = { id: event.id, stream: event.stream };
      range = { first: range?.first ?? reference, last: reference };
      // A seal is no news: it would be sealed for ever.
      if (event.type !== 'LogSealed') newsSince ??= newsOf(event, now);
    },
    isDue(now) {
      return count >= maxEventsPerSeal || (newsSince !== null && now.getTime() - newsSince >= maxSealDelayMs);
    },
    draft(now) {
      if (!range) throw new Error('nothing waits for a seal');
      const stream = streamOf.seal(place.sequence);
      const id = eventIdOfStream(stream);
      return {
        type: 'LogSealed',
        stream,
        id,
        data: {
          ...place,
          ...range,
          count,
          hmac: digest.finish(),
          key: key.fingerprint,
          sealedAt: now.toISOString(),
        },
        correlationId: id,
        causationId: range.last.id,
        recordedAt: now,
      };
    },
  };
}

/** When it came into the log, so that one who is started again and again still seals; never later than now. */
function newsOf(event: StoredEvent, now: Date): number {
  const recordedAt = recordedAtOf(event);
  return recordedAt === null ? now.getTime() : Math.min(Date.parse(recordedAt), now.getTime());
}
