import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import { streamOf } from '../events/ids.ts';
import type { CollapsedSpan } from '../events/recovery-events.ts';

/** So many events are read at once; a repository with more of them has a bad connection. */
const perRead = 16;

export interface CollapsedSpans {
  readonly spans: readonly CollapsedSpan[];
  /** How many events they come from: the next one takes this sequence. */
  readonly events: number;
}

/** The spans that recovery has collapsed in a repository. @throws CodedError STORE_UNAVAILABLE */
export async function readCollapsedSpans(
  store: EventStore,
  repository: { readonly instance: string; readonly repositoryId: number },
): Promise<CollapsedSpans> {
  const spans: CollapsedSpan[] = [];
  for (let from = 0; ; from += perRead) {
    const streams = Array.from({ length: perRead }, (_, offset) =>
      streamOf.collapsed(repository, from + offset),
    );
    const events = (await store.readStreams(streams)).map(decodeEvent);
    for (const event of events) if (event?.type === 'PushesCollapsed') spans.push(...event.data.spans);
    if (events.length < perRead) return { spans, events: from + events.length };
  }
}
