import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import type { DomainEvent } from '../events/event.ts';
import { type DeliveryId, type EventId, type PushId, pushIdOf, streamOf } from '../events/ids.ts';
import type { SignedBody } from '../events/push-received.ts';
import { CodedError } from '../runtime/errors.ts';
import type { PushFacts } from './push-facts.ts';

/** A push that arrived by webhook, ready to be recorded. */
export interface IncomingPush {
  readonly facts: PushFacts & { readonly deliveryId: DeliveryId; readonly body: SignedBody };
  /** `repository.updated_at` of the body, where it has one. */
  readonly repositoryUpdatedAt: Date | null;
}

/** What the event that holds a push id says of another delivery for the same ref and commit. */
export type Relation = 'repeat' | 'redelivery' | 'confirmation' | 'other-push';

/** What the log holds under a push id. */
export interface HeldPush {
  readonly push: DomainEvent<'PushReceived'>;
  /** The webhook that came after recovery had found the push. */
  readonly confirmation: DomainEvent<'PushConfirmed'> | null;
}

/**
 * - the same delivery again (a proxy's retry): the same answer;
 * - the same signed bytes under another delivery id: Gitea's "Redeliver", or one URL hooked on several levels;
 * - the webhook of a push that recovery had found: the repository was not touched after that push;
 * - else the ref went to the same commit once more.
 */
export function relate(held: HeldPush, incoming: IncomingPush): Relation {
  const { data } = held.push;
  const known = held.confirmation?.data ?? data;
  if (known.body?.digest === incoming.facts.body.digest) {
    return known.deliveryId === incoming.facts.deliveryId ? 'repeat' : 'redelivery';
  }
  const unconfirmed = data.source === 'recovery' && known.body === null;
  const pushedAt = new Date(data.pushedAt ?? data.receivedAt);
  const touchedLater = incoming.repositoryUpdatedAt === null || incoming.repositoryUpdatedAt > pushedAt;
  return unconfirmed && !touchedLater ? 'confirmation' : 'other-push';
}

export type Claim =
  | { readonly claimed: 'new'; readonly pushId: PushId }
  | { readonly claimed: Exclude<Relation, 'other-push'>; readonly pushId: PushId; readonly eventId: EventId };

/** So many streams are looked at in one read; a ref that came back to one commit that often is rare. */
const streamsPerRead = 64;

/**
 * Claims the first free push id (occurrence 0, 1, …) for a push, or finds the event that holds it already.
 * NO_STREAM lets one writer win each id, so that a race needs no lock.
 *
 * @param write appends the PushReceived with this push id, and says whether the stream was free
 */
export async function claimPushId(
  store: EventStore,
  incoming: IncomingPush,
  write: (pushId: PushId, occurrence: number) => Promise<'stored' | 'stream-taken'>,
): Promise<Claim> {
  const { facts } = incoming;
  const key = { ...facts, repositoryId: facts.repository.id };
  let occurrence = 0;
  for (;;) {
    const pushId = pushIdOf(key, occurrence);
    if ((await write(pushId, occurrence)) === 'stored') return { claimed: 'new', pushId };
    const ids = Array.from({ length: streamsPerRead }, (_, offset) => pushIdOf(key, occurrence + offset));
    const held = await readHeld(store, ids);
    for (const id of ids) {
      const found = held.get(id);
      if (!found) break;
      const relation = relate(found, incoming);
      if (relation !== 'other-push') return { claimed: relation, pushId: id, eventId: found.push.id };
      occurrence++;
    }
    // What refused the write must be there to be read; a store that shows neither would be asked for ever.
    if (held.size === 0)
      throw new CodedError('STORE_UNAVAILABLE', `push ${pushId} is taken but cannot be read yet`);
  }
}

async function readHeld(store: EventStore, ids: readonly PushId[]): Promise<Map<PushId, HeldPush>> {
  const streams = ids.flatMap((id) => [streamOf.push(id), streamOf.confirmation(id)]);
  const events = (await store.readStreams(streams)).map(decodeEvent);
  const held = new Map<PushId, HeldPush>();
  for (const push of events) {
    if (push?.type !== 'PushReceived') continue;
    const { pushId } = push.data;
    const confirmation = events.find(
      (other) => other?.type === 'PushConfirmed' && other.data.pushId === pushId,
    );
    held.set(pushId, { push, confirmation: confirmation?.type === 'PushConfirmed' ? confirmation : null });
  }
  return held;
}
