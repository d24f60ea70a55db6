import type { ClientBase } from 'pg';
import type { EventId, LedgerId, Position } from '../events/ids.ts';
import { CodedError } from '../runtime/errors.ts';

/** The log that a position belongs to. */
export interface LogIdentity {
  readonly ledgerId: LedgerId;
  /** The adapter's `kind`. */
  readonly store: string;
}

/** Where a subscriber stands; made at the start of the log when it has no checkpoint yet. */
export async function loadCheckpoint(client: ClientBase, name: string, log: LogIdentity): Promise<Position> {
  await client.query(
    `insert into pushledger.checkpoints (name, ledger_id, store, position)
     values ($1, $2, $3, 0)
     on conflict (name) do nothing`,
    [name, log.ledgerId, log.store],
  );
  await refuseForeignCheckpoints(client, log);
  const { rows } = await client.query<{ position: string }>(
    `select position from pushledger.checkpoints where name = $1`,
    [name],
  );
  const [found] = rows;
  if (!found) throw new CodedError('CHECKPOINT_CONFLICT', `${name} was removed while it was read`);
  return BigInt(found.position) as Position;
}

/** @throws CodedError LEDGER_MISMATCH when a checkpoint was taken from another log: its position means nothing here */
export async function refuseForeignCheckpoints(client: ClientBase, log: LogIdentity): Promise<void> {
  const { rows } = await client.query<{ name: string; ledger_id: string; store: string }>(
    `select name, ledger_id, store from pushledger.checkpoints where ledger_id <> $1 or store <> $2`,
    [log.ledgerId, log.store],
  );
  const [foreign] = rows;
  if (!foreign) return;
  throw new CodedError(
    'LEDGER_MISMATCH',
    `${foreign.name} stands in ledger ${foreign.ledger_id} (${foreign.store}), the event store holds ledger ` +
      `${log.ledgerId} (${log.store}). Point DATABASE_URL and the event store to the same ledger again, ` +
      `or use an empty database, which is filled anew from the log.`,
  );
}

/**
 * Moves a checkpoint. Goes first in its transaction: it takes the row's lock, so that a process which was the
 * leader once waits here, finds the row changed, and fails before it has written anything.
 *
 * @throws CodedError CHECKPOINT_CONFLICT when the checkpoint is no longer at `from`
 */
export async function advanceCheckpoint(
  transaction: ClientBase,
  move: {
    readonly name: string;
    readonly log: LogIdentity;
    readonly from: Position;
    readonly to: Position;
    readonly lastEventId: EventId;
  },
): Promise<void> {
  const { rowCount } = await transaction.query(
    `update pushledger.checkpoints set position = $3, event_id = $4
     where name = $1 and position = $2 and ledger_id = $5 and store = $6`,
    [move.name, move.from, move.to, move.lastEventId, move.log.ledgerId, move.log.store],
  );
  if (rowCount !== 1) {
    throw new CodedError('CHECKPOINT_CONFLICT', `${move.name} is no longer at position ${move.from}`);
  }
}
