import { encodeEvent } from '../events/codec.ts';
import type { EventDraft } from '../events/event.ts';
import { CodedError } from '../runtime/errors.ts';
import type { EventStore } from './event-store.ts';

/**
 * Appends an event that only one fact can be. Says whether it was this call that wrote it; what is in the store counts
 * either way, and comes back through the subscription.
 *
 * @throws CodedError STORE_UNAVAILABLE; EVENT_INVALID, which no second try can mend
 */
export async function appendFact(store: EventStore, draft: EventDraft): Promise<boolean> {
  const { outcome } = await store.append(encodeEvent(draft));
  if (outcome === 'id-taken') {
    throw new CodedError(
      'EVENT_INVALID',
      `stream ${draft.stream}: event id ${draft.id} is used in another stream`,
    );
  }
  return outcome === 'stored';
}

/** Whether an append may succeed when it is done again. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof CodedError && error.code === 'EVENT_INVALID');
}
