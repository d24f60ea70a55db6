import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent } from '../../events/codec.ts';
import { pushIdOf, streamOf } from '../../events/ids.ts';
import type { KnownPush } from './match-entries.ts';

const streamsPerRead = 500;

/**
 * The pushes of the log that brought these refs to these commits, each as often as it happened.
 *
 * @throws CodedError STORE_UNAVAILABLE
 */
export async function readKnownPushes(
  store: EventStore,
  repository: { readonly instance: string; readonly repositoryId: number },
  targets: readonly { readonly ref: string; readonly after: string }[],
): Promise<KnownPush[]> {
  const known: KnownPush[] = [];
  let asked = [...new Map(targets.map((target) => [`${target.after} ${target.ref}`, target])).values()];
  // Occurrences are taken one after the other: where one is free, none comes after it.
  for (let occurrence = 0; asked.length > 0; occurrence++) {
    const found = new Set<string>();
    const streams = asked.map((target) =>
      streamOf.push(pushIdOf({ ...repository, ref: target.ref, after: target.after }, occurrence)),
    );
    for (let from = 0; from < streams.length; from += streamsPerRead) {
      const stored = await store.readStreams(streams.slice(from, from + streamsPerRead));
      for (const event of stored.map(decodeEvent)) {
        if (event?.type !== 'PushReceived') continue;
        found.add(event.stream);
        const { ref, before, after, pushedAt, receivedAt, recovered } = event.data;
        const heardAt = new Date(receivedAt);
        known.push({
          ...{ ref, before, after, heardAt },
          pushedAt: pushedAt === null ? null : new Date(pushedAt),
          collapsed: recovered?.collapsed === true,
        });
      }
    }
    asked = asked.filter((_, index) => found.has(streams[index] ?? ''));
  }
  return known;
}
