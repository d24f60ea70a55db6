import { streamOf } from '../events/ids.ts';
import type { LateTaker } from '../subscription/retry-parked.ts';
import { takerOf } from './handle-page.ts';
import type { Projection } from './projection.ts';

/** Projects parked events after all. */
export function lateProjection(projection: Projection): LateTaker {
  return {
    ...takerOf(projection),
    // It changes the rows of the push, and found none.
    relatedTo: (event) => (event.type === 'PushReceived' ? [streamOf.enrichment(event.data.pushId)] : []),
  };
}
