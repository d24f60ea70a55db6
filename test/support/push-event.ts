import { randomUUID } from 'node:crypto';
import type { DomainEvent } from '../../src/events/event.ts';
import { type EventId, type Position, pushIdOf, streamOf } from '../../src/events/ids.ts';
import { factsOfPush } from '../../src/ingest/push-facts.ts';
import { fixture } from './delivery.ts';
import { deliveryContext } from './delivery-context.ts';

export interface PushEventOptions {
  readonly position: number;
  readonly repositoryId?: number;
  readonly fullName?: string;
  readonly instance?: string;
  readonly owner?: string | null;
  readonly ignored?: string;
}

/** A PushReceived as it comes from the log, made from a recorded body. Different positions are different pushes. */
export function pushEvent(options: PushEventOptions): DomainEvent<'PushReceived'> {
  const { position, repositoryId = 42, fullName = 'acme/widgets', instance = 'gitea.test' } = options;
  const body = fixture('push-force-rewrite');
  const receivedAt = new Date(Date.UTC(2026, 1, 3, 4, 5, position));
  const facts = factsOfPush(
    {
      ...body,
      after: position.toString(16).padStart(40, '0'),
      repository: { ...body.repository, id: repositoryId, full_name: fullName },
    },
    { ...deliveryContext, receivedAt, instance, owner: options.owner === undefined ? 'acme' : options.owner },
  );
  const pushId = pushIdOf({ instance, repositoryId, ref: facts.ref, after: facts.after }, 0);
  return {
    type: 'PushReceived',
    stream: streamOf.push(pushId),
    id: randomUUID() as EventId,
    position: BigInt(position) as Position,
    data: { ...facts, pushId, occurrence: 0, ignored: options.ignored ?? facts.ignored },
    metadata: {
      $correlationId: pushId,
      $causationId: pushId,
      schemaVersion: 1,
      recordedAt: new Date(receivedAt.getTime() + 7).toISOString(),
    },
  };
}
