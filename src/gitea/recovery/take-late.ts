import type { LateTaker } from '../../subscription/retry-parked.ts';
import { subscriberName } from './known-repositories.ts';
import { record } from './record.ts';

/**
 * Takes parked pushes after all: each finds its place in the chain of its ref by itself. What says where a chain
 * begins or what a hook is, counts at its place in the log only.
 */
export function lateRecovery(instance: string): LateTaker {
  return {
    name: subscriberName,
    lateTypes: new Set(['PushReceived']),
    relatedTo: () => [],
    handle: (transaction, events) => record(transaction, events, instance),
  };
}
