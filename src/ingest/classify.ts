import { type Json, requireDelete } from './payload.ts';
import { type DeliveryContext, factsOfBranchDelete, factsOfPush, type PushFacts } from './push-facts.ts';

/** What a signed delivery is. */
export type Delivery =
  | { readonly is: 'push'; readonly facts: PushFacts }
  | {
      readonly is: 'test';
      readonly repository: { id: number; fullName: string };
      readonly sender: string | null;
    }
  | { readonly is: 'ignored'; readonly reason: string };

/**
 * @param event `X-Gitea-Event`; a delivery without it is taken for a push
 * @throws CodedError PUSH_INVALID
 */
export function classifyDelivery(event: string, body: Json, context: DeliveryContext): Delivery {
  switch (event) {
    case 'push':
      return classifyPush(body, context);
    case 'delete':
      return requireDelete(body).ref_type === 'branch'
        ? { is: 'push', facts: factsOfBranchDelete(body, context) }
        : { is: 'ignored', reason: 'the delete of a tag comes as a push as well' };
    case 'create':
      return { is: 'ignored', reason: 'what was created comes as a push as well' };
    default:
      return { is: 'ignored', reason: `event ${event} is not a push` };
  }
}

function classifyPush(body: Json, context: DeliveryContext): Delivery {
  const facts = factsOfPush(body, context);
  if (facts.before !== facts.after) return { is: 'push', facts };
  const { id, fullName } = facts.repository;
  return { is: 'test', repository: { id, fullName }, sender: facts.pusher?.login ?? null };
}
