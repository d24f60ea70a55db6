import type { DomainEvent, EventDraft } from '../../../../src/events/event.ts';
import { type EventId, eventIdOfStream, pushIdOf, streamOf } from '../../../../src/events/ids.ts';
import type { PushReceived } from '../../../../src/events/push-received.ts';
import { factsOfPush } from '../../../../src/ingest/push-facts.ts';
import type { Body } from '../../../support/delivery.ts';
import { deliveryContext } from '../../../support/delivery-context.ts';
import { zeros } from '../../../support/gitea/commits.ts';
import { pushBody } from '../../../support/gitea/payloads.ts';
import type { GiteaRepository, Pushed } from '../../../support/gitea/repository.ts';

export const instance = 'gitea.test';

/** A push of the double as ingest understands what its webhook would have told. */
export function pushOf(
  repository: GiteaRepository,
  pushed: Pushed,
  { baseUrl, receivedAt }: { baseUrl: string; receivedAt: Date },
): PushReceived {
  const { ref, before, after } = pushed;
  const body = pushBody(
    repository,
    {
      ref,
      before,
      after,
      commits: pushed.commits.toReversed(),
      head: after === zeros ? null : repository.commitOf(after),
      pusher: repository.owner,
    },
    baseUrl,
  ) as unknown as Body;
  const facts = factsOfPush(body, { ...deliveryContext, receivedAt, instance });
  const key = { instance, repositoryId: repository.id, ref, after };
  return { ...facts, pushId: pushIdOf(key, 0), occurrence: 0, deliveryId: null, body: null };
}

export function draftOf(push: PushReceived): EventDraft<'PushReceived'> {
  const stream = streamOf.push(push.pushId);
  return {
    type: 'PushReceived',
    stream,
    id: eventIdOfStream(stream) as EventId,
    data: push,
    correlationId: push.pushId,
    causationId: push.pushId,
    recordedAt: new Date(push.receivedAt),
  };
}

export type Enrichment = DomainEvent<'PushEnriched'>['data'];
