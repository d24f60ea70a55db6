import type { Pool, PoolClient } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { type Position, startOfLog } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { CodedError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { allCheckpoints, type Checkpoint, type LogIdentity, refuseForeign } from './checkpoint.ts';

export interface MoveOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly log: LogIdentity;
  readonly logger: Logger;
  /** What else keeps positions, in the same transaction; called only when checkpoints move. */
  readonly onMove: (transaction: PoolClient) => Promise<void>;
}

/**
 * After the log was copied to another store: brings every checkpoint to where the event that it handled last stands
 * there. A move is seen by that event and not by the store's kind alone, as two stores of one kind have different
 * positions too.
 *
 * @throws CodedError LEDGER_MISMATCH, and no checkpoint has moved
 */
export async function moveCheckpoints({ pool, store, log, logger, onMove }: MoveOptions): Promise<void> {
  const checkpoints = await inTransaction(pool, allCheckpoints);
  const moves = await movesOf(store, log, checkpoints);
  if (moves.length === 0) return;
  await inTransaction(pool, async (transaction) => {
    for (const { from, to } of moves) await move(transaction, from, to, log);
    await onMove(transaction);
  });
  for (const { from, to } of moves) {
    const places = { from: `${from.position} (${from.log.store})`, to: `${to} (${log.store})` };
    logger.info({ checkpoint: from.name, eventId: from.last?.id, ...places }, 'a checkpoint was moved');
  }
}

/** @throws CodedError LEDGER_MISMATCH when a checkpoint's event does not stand where the checkpoint says */
export async function refuseMovedCheckpoints(
  store: EventStore,
  log: LogIdentity,
  checkpoints: readonly Checkpoint[],
): Promise<void> {
  for (const checkpoint of checkpoints) refuseForeign(checkpoint, log);
  const [move] = await movesOf(store, log, checkpoints);
  if (!move) return;
  const { name, last, position } = move.from;
  throw new CodedError(
    'LEDGER_MISMATCH',
    `${name} stands at position ${position}, and its event ${last?.id} at ${move.to} of this event store. If the log ` +
      `was moved here, start \`serve\`, which moves the checkpoints; if not, set EVENT_STORE_URL as it was.`,
  );
}

interface Move {
  readonly from: Checkpoint;
  readonly to: Position;
}

async function movesOf(
  store: EventStore,
  log: LogIdentity,
  checkpoints: readonly Checkpoint[],
): Promise<Move[]> {
  const streams = checkpoints.flatMap(({ last }) => (last ? [last.stream] : []));
  const events = await store.readStreams([...new Set(streams)]);
  const byStream = new Map(events.map((event) => [event.stream, event]));
  const placeOf = (checkpoint: Checkpoint): Position => {
    const { last } = checkpoint;
    refuseForeign(checkpoint, { ...log, store: checkpoint.log.store });
    if (!last) return startOfLog;
    const event = byStream.get(last.stream);
    if (event?.id === last.id) return event.position;
    throw new CodedError(
      'LEDGER_MISMATCH',
      `${checkpoint.name} has handled event ${last.id} (stream ${last.stream}), which the event store ` +
        `(${log.store}) does not have: it holds an older or another copy of the log. Copy the rest there with ` +
        `\`pushledger store copy\`, set EVENT_STORE_URL as it was, or use an empty database, which is filled anew ` +
        `from the log.`,
    );
  };
  return checkpoints
    .map((from) => ({ from, to: placeOf(from) }))
    .filter(({ from, to }) => from.log.store !== log.store || from.position !== to);
}

/** By compare-and-set, so that a process which still runs on the old store is fenced off, or stops us. */
async function move(
  transaction: PoolClient,
  { name, position, log: taken }: Checkpoint,
  to: Position,
  log: LogIdentity,
): Promise<void> {
  const { rowCount } = await transaction.query(
    `update pushledger.checkpoints set position = $3, store = $4
     where name = $1 and position = $2 and ledger_id = $5 and store = $6`,
    [name, position, to, log.store, taken.ledgerId, taken.store],
  );
  if (rowCount !== 1) {
    throw new CodedError(
      'CHECKPOINT_CONFLICT',
      `${name} is no longer at position ${position}: stop every process on the old event store first`,
    );
  }
}
