import type { EventStore } from '../event-store/event-store.ts';
import type { PushId } from '../events/ids.ts';
import type { PushReceived } from '../events/push-received.ts';
import type { CollapsedSpan } from '../events/recovery-events.ts';
import { isZeros } from '../events/ref.ts';
import { readCollapsedSpans } from './collapsed-spans.ts';

/** Recovery leaves what is younger than this to the webhook, in milliseconds: no span ends later than so long ago. */
export const settlingMs = 30_000;

/** A push that arrived by webhook. */
export interface ArrivedPush {
  readonly push: Pick<
    PushReceived,
    'instance' | 'repository' | 'ref' | 'refKind' | 'before' | 'after' | 'receivedAt'
  >;
  /** `repository.updated_at` of its body: the repository was not touched later before this push. */
  readonly repositoryUpdatedAt: Date | null;
}

/** The recovered push that a push which arrives now is part of; null for one that is news. */
export type FindLate = (arrived: ArrivedPush) => Promise<PushId | null>;

/**
 * Finds out whether a push lies inside a span that recovery had collapsed into one push. Costs a read of the store for
 * each push whose repository was at rest before.
 */
export function createFindLate(store: EventStore): FindLate {
  return async (arrived) => {
    if (!mayBeLate(arrived)) return null;
    const { instance, repository } = arrived.push;
    const { spans } = await readCollapsedSpans(store, { instance, repositoryId: repository.id });
    return spanOf(arrived, spans)?.pushId ?? null;
  };
}

/** A deleted ref and a tag do not say where they start, so that one of now would look the same. */
function mayBeLate({ push, repositoryUpdatedAt }: ArrivedPush): boolean {
  if (push.refKind !== 'branch' || push.before === null || isZeros(push.after)) return false;
  const receivedAt = new Date(push.receivedAt).getTime();
  return repositoryUpdatedAt !== null && repositoryUpdatedAt.getTime() <= receivedAt - settlingMs;
}

/**
 * Gitea's body was made before the span ended, and the push does not start where the span ended: the first push after
 * the span shows an old time as well, but starts just there. One that ends where the span ended is the span's own
 * last push, which the claim of its id recognises.
 */
export function spanOf(
  { push, repositoryUpdatedAt }: ArrivedPush,
  spans: readonly CollapsedSpan[],
): CollapsedSpan | null {
  if (repositoryUpdatedAt === null) return null;
  const isSame = (one: string | null, other: string) =>
    one === other || (one !== null && isZeros(one) && isZeros(other));
  const ofRef = spans.filter((span) => span.ref === push.ref);
  if (ofRef.some((span) => isSame(push.before, span.after))) return null;
  return (
    ofRef.find((span) => repositoryUpdatedAt <= new Date(span.until) && !isSame(push.after, span.after)) ??
    null
  );
}
