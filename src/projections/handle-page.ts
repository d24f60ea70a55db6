import type { PoolClient } from 'pg';
import type { StoredEvent } from '../events/codec.ts';
import type { Position } from '../events/ids.ts';
import { CodedError } from '../runtime/errors.ts';
import { type PageContext, type Taker, takePage } from '../subscription/take-page.ts';
import type { Projection } from './projection.ts';
import { putChanges } from './put-rows.ts';
import { seeCheckpoint } from './rebuild/versioned-checkpoint.ts';
import { livePlace } from './table.ts';

export interface ProjectionContext extends PageContext {
  readonly projection: Projection;
}

/** Projects events that come after `from`, in one transaction with the checkpoint; see `takePage`. */
export function handlePage(
  context: ProjectionContext,
  from: Position,
  events: readonly StoredEvent[],
): Promise<Position> {
  return takePage(context, takerOf(context.projection), from, events);
}

/** Writes the projection's live tables, as long as they have its version. */
export function takerOf(projection: Projection): Taker {
  return {
    name: projection.name,
    fence: (transaction) => refuseOtherVersion(transaction, projection),
    async handle(transaction, events) {
      const state = await projection.load(transaction, livePlace, events);
      await putChanges(transaction, livePlace, projection.fold(state, events));
    },
  };
}

/**
 * A rebuild by a newer program may have taken over without moving the checkpoint: what this version would add were then
 * rows of two versions side by side. The checkpoint is ours until the transaction ends.
 */
async function refuseOtherVersion(transaction: PoolClient, { name, version }: Projection): Promise<void> {
  const live = await seeCheckpoint(transaction, name);
  if (live.version === version) return;
  throw new CodedError(
    'CHECKPOINT_CONFLICT',
    `${name} has version ${live.version} now, and no longer ${version}`,
  );
}
