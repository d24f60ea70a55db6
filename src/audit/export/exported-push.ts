import type { DomainEvent } from '../../events/event.ts';
import type { PushReceived } from '../../events/push-received.ts';

/** A push as it is exported: where it stands in the log, and its facts. */
export interface ExportedPush {
  readonly position: string;
  readonly stream: string;
  readonly eventId: string;
  readonly recordedAt: string;
  readonly facts: PushReceived;
}

export function exportedPush(event: DomainEvent<'PushReceived'>): ExportedPush {
  return {
    position: String(event.position),
    stream: event.stream,
    eventId: event.id,
    recordedAt: event.metadata.recordedAt,
    facts: event.data,
  };
}

type Cell = string | number | boolean | null;

/** The columns of the CSV, and what stands in them. */
export const columns: Readonly<Record<string, (push: ExportedPush) => Cell>> = {
  position: ({ position }) => position,
  push_id: ({ facts }) => facts.pushId,
  event_id: ({ eventId }) => eventId,
  delivery_id: ({ facts }) => facts.deliveryId,
  recorded_at: ({ recordedAt }) => recordedAt,
  received_at: ({ facts }) => facts.receivedAt,
  pushed_at: ({ facts }) => facts.pushedAt,
  source: ({ facts }) => facts.source,
  instance: ({ facts }) => facts.instance,
  repository_id: ({ facts }) => facts.repository.id,
  repository: ({ facts }) => facts.repository.fullName,
  ref: ({ facts }) => facts.ref,
  kind: ({ facts }) => facts.kind,
  before: ({ facts }) => facts.before,
  after: ({ facts }) => facts.after,
  commit_count: ({ facts }) => facts.totalCommits,
  commit_count_is_floor: ({ facts }) => facts.totalIsFloor,
  commits: ({ facts }) => facts.commits.map(({ id }) => id).join(' '),
  head_author: ({ facts }) => facts.head?.author.name ?? null,
  head_message: ({ facts }) => facts.head?.message ?? null,
  pusher: ({ facts }) => facts.pusher?.login ?? null,
  pusher_name: ({ facts }) => facts.pusher?.fullName ?? null,
  ignored: ({ facts }) => facts.ignored,
  compare_url: ({ facts }) => facts.compareUrl,
  body_sha256: ({ facts }) => facts.body?.digest ?? null,
  signature: ({ facts }) => facts.body?.signature ?? null,
  secret: ({ facts }) => facts.body?.secret ?? null,
};
