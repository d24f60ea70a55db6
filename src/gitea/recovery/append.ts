import type { EventStore } from '../../event-store/event-store.ts';
import { encodeEvent } from '../../events/codec.ts';
import type { EventDraft } from '../../events/event.ts';
import { eventIdOfStream, type Position, type PushId, pushIdOf, streamOf } from '../../events/ids.ts';
import type { CollapsedSpan } from '../../events/recovery-events.ts';
import { readCollapsedSpans } from '../../late-push/collapsed-spans.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { RecoveredFacts } from './recovered-push.ts';

/** So many heads go into one event: it has to fit into every store. */
const headsPerEvent = 2_000;
const streamsPerRead = 64;

interface RepositoryKey {
  readonly instance: string;
  readonly repositoryId: number;
}

/** The next free push id of a ref and a commit; null when one was taken since we decided that a push is missing. */
export type FreeSlot = { readonly pushId: PushId; readonly occurrence: number } | null;

/**
 * Looks for the first occurrence that is free. A push that stands in the log behind the position up to which we know
 * it may be the very one that is missed: then nothing is claimed, and the next recovery looks again.
 *
 * @param own push ids that we have claimed since then
 */
export async function freeSlot(
  store: EventStore,
  key: RepositoryKey & { readonly ref: string; readonly after: string },
  knownUpTo: Position,
  own: ReadonlySet<PushId>,
): Promise<FreeSlot> {
  for (let from = 0; ; from += streamsPerRead) {
    const ids = Array.from({ length: streamsPerRead }, (_, offset) => pushIdOf(key, from + offset));
    const held = new Map((await store.readStreams(ids.map(streamOf.push))).map((one) => [one.stream, one]));
    for (const [offset, pushId] of ids.entries()) {
      const holder = held.get(streamOf.push(pushId));
      if (!holder) return { pushId, occurrence: from + offset };
      if (holder.position > knownUpTo && !own.has(pushId)) return null;
    }
  }
}

/** False when somebody took the id in this moment: its webhook came, or another recovery found it. */
export async function appendRecovered(
  store: EventStore,
  facts: RecoveredFacts,
  { pushId, occurrence }: { readonly pushId: PushId; readonly occurrence: number },
  now: Date,
): Promise<boolean> {
  const stream = streamOf.push(pushId);
  const { outcome } = await store.append(
    encodeEvent({
      type: 'PushReceived',
      stream,
      id: eventIdOfStream(stream),
      data: { ...facts, pushId, occurrence },
      correlationId: pushId,
      causationId: pushId,
      recordedAt: now,
    }),
  );
  return outcome === 'stored';
}

/** Before the pushes that stand for the spans: what arrives then is known to be late. */
export async function appendCollapsed(
  store: EventStore,
  key: RepositoryKey,
  spans: readonly CollapsedSpan[],
  now: Date,
): Promise<void> {
  for (;;) {
    const { events: sequence } = await readCollapsedSpans(store, key);
    const stream = streamOf.collapsed(key, sequence);
    await store.append(
      encodeEvent({
        ...headOf(stream, now),
        type: 'PushesCollapsed',
        data: { ...key, sequence, spans: [...spans], collapsedAt: now.toISOString() },
      }),
    );
    // Another recovery may have written its own there, under the same id.
    const written = await readCollapsedSpans(store, key);
    const isThere = (span: CollapsedSpan) =>
      written.spans.some(({ pushId, until }) => pushId === span.pushId && until === span.until);
    if (spans.every(isThere)) return;
    if (written.events <= sequence)
      throw new CodedError('STORE_UNAVAILABLE', `stream ${stream} is empty after it was written`);
  }
}

/** The first one counts, whoever writes it. */
export async function appendBaseline(
  store: EventStore,
  baseline: RepositoryKey & {
    readonly fullName: string;
    readonly heads: ReadonlyMap<string, string>;
    readonly feedId: number | null;
    readonly at: Date;
  },
  now: Date,
): Promise<void> {
  const { instance, repositoryId, fullName, heads, feedId, at } = baseline;
  const all = [...heads];
  const parts = Math.max(1, Math.ceil(all.length / headsPerEvent));
  for (let part = parts - 1; part >= 0; part--) {
    const stream = streamOf.baseline(repositoryId, part);
    await store.append(
      encodeEvent({
        ...headOf(stream, now),
        type: 'RepositoryBaselined',
        data: {
          instance,
          repository: { id: repositoryId, fullName },
          part,
          parts,
          heads: Object.fromEntries(all.slice(part * headsPerEvent, (part + 1) * headsPerEvent)),
          feedId,
          baselinedAt: at.toISOString(),
        },
      }),
    );
  }
}

function headOf(
  stream: string,
  now: Date,
): Pick<EventDraft, 'stream' | 'id' | 'correlationId' | 'causationId' | 'recordedAt'> {
  const id = eventIdOfStream(stream);
  return { stream, id, correlationId: id, causationId: id, recordedAt: now };
}
