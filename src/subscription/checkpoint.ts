import type { ClientBase } from 'pg';
import type { StoredEvent } from '../events/codec.ts';
import type { EventId, LedgerId, Position } from '../events/ids.ts';
import { CodedError } from '../runtime/errors.ts';

/** The log that a position belongs to. */
export interface LogIdentity {
  readonly ledgerId: LedgerId;
  /** The adapter's `kind`. */
  readonly store: string;
}

/** Where a subscriber stands. */
export interface Checkpoint {
  readonly name: string;
  readonly log: LogIdentity;
  /** In that log. */
  readonly position: Position;
  /** The event at that position, by which a copy of the log has the same place; null at the start of the log. */
  readonly last: { readonly id: EventId; readonly stream: string } | null;
}

interface CheckpointRow {
  readonly name: string;
  readonly ledger_id: LedgerId;
  readonly store: string;
  readonly position: string;
  readonly event_id: EventId | null;
  readonly stream: string | null;
}

/**
 * The checkpoint of a subscriber; made at the start of the log when it has none yet.
 *
 * @param version of what the subscriber makes of the log; a checkpoint that is there keeps the one it has
 */
export async function loadCheckpoint(
  client: ClientBase,
  name: string,
  log: LogIdentity,
  version = 1,
): Promise<Checkpoint> {
  await client.query(
    `insert into pushledger.checkpoints (name, ledger_id, store, position, version)
     values ($1, $2, $3, 0, $4)
     on conflict (name) do nothing`,
    [name, log.ledgerId, log.store, version],
  );
  const checkpoints = await allCheckpoints(client);
  for (const checkpoint of checkpoints) refuseForeign(checkpoint, log);
  const own = checkpoints.find((checkpoint) => checkpoint.name === name);
  if (!own) throw new CodedError('CHECKPOINT_CONFLICT', `${name} was removed while it was read`);
  return own;
}

export async function allCheckpoints(client: ClientBase): Promise<Checkpoint[]> {
  const { rows } = await client.query<CheckpointRow>(
    `select name, ledger_id, store, position, event_id, stream from pushledger.checkpoints order by name`,
  );
  return rows.map((row) => ({
    name: row.name,
    log: { ledgerId: row.ledger_id, store: row.store },
    position: BigInt(row.position) as Position,
    last: row.event_id && row.stream ? { id: row.event_id, stream: row.stream } : null,
  }));
}

/** Where a subscriber stands; nobody moves it until the transaction ends. */
export async function holdPosition(transaction: ClientBase, name: string): Promise<Position> {
  const { rows } = await transaction.query<{ position: string }>(
    `select position from pushledger.checkpoints where name = $1 for update`,
    [name],
  );
  const [row] = rows;
  if (!row) throw new CodedError('CHECKPOINT_CONFLICT', `${name} was removed while it was read`);
  return BigInt(row.position) as Position;
}

/** @throws CodedError LEDGER_MISMATCH when a checkpoint was taken from another log: its position means nothing here */
export function refuseForeign(checkpoint: Checkpoint, log: LogIdentity): void {
  const { name, log: taken } = checkpoint;
  if (taken.ledgerId === log.ledgerId && taken.store === log.store) return;
  throw new CodedError(
    'LEDGER_MISMATCH',
    `${name} stands in ledger ${taken.ledgerId} (${taken.store}), the event store holds ledger ` +
      `${log.ledgerId} (${log.store}). ${remedyOf(taken, log)}`,
  );
}

function remedyOf(taken: LogIdentity, log: LogIdentity): string {
  return taken.ledgerId === log.ledgerId
    ? `If the log was moved there, start \`serve\` with this EVENT_STORE_URL and DATABASE_URL, which moves the ` +
        `checkpoints; if not, set EVENT_STORE_URL as it was.`
    : `Point DATABASE_URL and EVENT_STORE_URL to the same ledger again, ` +
        `or use an empty database, which is filled anew from the log.`;
}

/**
 * Moves a checkpoint. Goes first in its transaction: it takes the row's lock, so that a process which was the
 * leader once waits here, finds the row changed, and fails before it has written anything.
 *
 * @param move.last the last event that is handled then
 * @throws CodedError CHECKPOINT_CONFLICT when the checkpoint is no longer at `from`
 */
export async function advanceCheckpoint(
  transaction: ClientBase,
  move: {
    readonly name: string;
    readonly log: LogIdentity;
    readonly from: Position;
    readonly last: Pick<StoredEvent, 'position' | 'id' | 'stream'>;
  },
): Promise<void> {
  const { name, log, from, last } = move;
  const { rowCount } = await transaction.query(
    `update pushledger.checkpoints set position = $3, event_id = $4, stream = $5
     where name = $1 and position = $2 and ledger_id = $6 and store = $7`,
    [name, from, last.position, last.id, last.stream, log.ledgerId, log.store],
  );
  if (rowCount !== 1) {
    throw new CodedError('CHECKPOINT_CONFLICT', `${name} is no longer at position ${from}`);
  }
}
