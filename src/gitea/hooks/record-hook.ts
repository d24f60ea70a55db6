import { isDeepStrictEqual } from 'node:util';
import type { EventStore } from '../../event-store/event-store.ts';
import type { DataOf } from '../../events/catalogue.ts';
import { decodeEvent, encodeEvent } from '../../events/codec.ts';
import type { DomainEvent, EventDraft } from '../../events/event.ts';
import { eventIdOfStream, streamOf } from '../../events/ids.ts';
import type { Clock } from '../../runtime/clock.ts';

export type HookEventType = 'HookInstalled' | 'HookRemoved';
export type HookEvent = DomainEvent<HookEventType>;
export type InstalledHook = Omit<DataOf<'HookInstalled'>, 'sequence' | 'installedAt'>;
export type RemovedHook = Omit<DataOf<'HookRemoved'>, 'sequence' | 'removedAt'>;

export interface HookLog {
  readonly store: EventStore;
  readonly clock: Clock;
}

/** Streams of a hook that are read at once. Few hooks are changed more often. */
const readAtOnce = 8;

/** The last event of a hook, or null. @throws CodedError STORE_UNAVAILABLE */
export async function lastHookEvent(store: EventStore, hookId: number): Promise<HookEvent | null> {
  let last: HookEvent | null = null;
  for (let first = 0; ; first += readAtOnce) {
    const streams = Array.from({ length: readAtOnce }, (_, n) => streamOf.hook(hookId, first + n));
    const found = (await store.readStreams(streams)).map(decodeEvent).filter((event) => event !== null);
    for (const event of found) {
      if (event.type !== 'HookInstalled' && event.type !== 'HookRemoved') continue;
      if (!last || event.data.sequence > last.data.sequence) last = event;
    }
    if (found.length < readAtOnce) return last;
  }
}

/**
 * Records how a hook is now in Gitea. Nothing is written where the log says so already; where it knows the secret and
 * the caller does not, the log's is kept.
 *
 * @returns true when it was news
 * @throws CodedError STORE_UNAVAILABLE
 */
export async function recordInstalled(log: HookLog, hook: InstalledHook): Promise<boolean> {
  for (;;) {
    const last = await lastHookEvent(log.store, hook.hookId);
    const known = last?.type === 'HookInstalled' ? last.data : null;
    const secret = hook.secret ?? (known && isSamePlace(known, hook) ? known.secret : null);
    const now = { ...hook, secret };
    // A change is news, also of what events do not tell, such as that it was switched on.
    if (known && hook.change !== 'changed' && isSame(known, now)) return false;
    const sequence = (last?.data.sequence ?? -1) + 1;
    const data = { ...now, sequence, installedAt: log.clock.now().toISOString() };
    if (await append(log, { type: 'HookInstalled', data })) return true;
  }
}

/** Records that a hook is no longer in Gitea. @returns true when it was news @throws CodedError STORE_UNAVAILABLE */
export async function recordRemoved(log: HookLog, hook: RemovedHook): Promise<boolean> {
  for (;;) {
    const last = await lastHookEvent(log.store, hook.hookId);
    if (last?.type === 'HookRemoved' && isSamePlace(last.data, hook)) return false;
    const sequence = (last?.data.sequence ?? -1) + 1;
    const data = { ...hook, sequence, removedAt: log.clock.now().toISOString() };
    if (await append(log, { type: 'HookRemoved', data })) return true;
  }
}

type Content =
  | { readonly type: 'HookInstalled'; readonly data: DataOf<'HookInstalled'> }
  | { readonly type: 'HookRemoved'; readonly data: DataOf<'HookRemoved'> };

/**
 * False when another process took the stream. As its id follows from the stream, the store says `stored` for that
 * one's event as well: only what is there then tells.
 */
async function append({ store, clock }: HookLog, content: Content): Promise<boolean> {
  const stream = streamOf.hook(content.data.hookId, content.data.sequence);
  const id = eventIdOfStream(stream);
  const draft: EventDraft = {
    ...content,
    stream,
    id,
    correlationId: id,
    causationId: id,
    recordedAt: clock.now(),
  };
  await store.append(encodeEvent(draft));
  const [stored] = await store.readStreams([stream]);
  const event = stored ? decodeEvent(stored) : null;
  return event !== null && event.type === content.type && isDeepStrictEqual(event.data, content.data);
}

function isSame(known: InstalledHook, hook: InstalledHook): boolean {
  const fields = ({ events, branchFilter, secret }: InstalledHook) => ({
    events: [...events].sort(),
    branchFilter,
    secret,
  });
  return isSamePlace(known, hook) && isDeepStrictEqual(fields(known), fields(hook));
}

/** Another Gitea behind the same instance name starts its ids again. */
function isSamePlace(
  a: Pick<InstalledHook, 'place' | 'url'>,
  b: Pick<InstalledHook, 'place' | 'url'>,
): boolean {
  return a.url === b.url && placeKey(a.place) === placeKey(b.place);
}

/** A repository keeps its id when it is renamed. */
function placeKey(place: InstalledHook['place']): string {
  switch (place.kind) {
    case 'repository':
      return `repository ${place.repositoryId}`;
    case 'system':
      return place.kind;
    default:
      return `${place.kind} ${place.owner.toLowerCase()}`;
  }
}
