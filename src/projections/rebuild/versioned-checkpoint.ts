import type { ClientBase } from 'pg';
import type { Position } from '../../events/ids.ts';
import { CodedError } from '../../runtime/errors.ts';
import { type LogIdentity, loadCheckpoint } from '../../subscription/checkpoint.ts';

/** Where a projection stands, and the version of it that wrote its rows. */
export interface VersionedCheckpoint {
  readonly position: Position;
  readonly version: number;
}

/** Makes the checkpoint at the start of the log where there is none yet. */
export async function loadVersionedCheckpoint(
  client: ClientBase,
  name: string,
  log: LogIdentity,
): Promise<VersionedCheckpoint> {
  await loadCheckpoint(client, name, log);
  return readCheckpoint(client, `select position, version from pushledger.checkpoints where name = $1`, name);
}

/** The same, and nobody moves it until the transaction ends. */
export function holdCheckpoint(transaction: ClientBase, name: string): Promise<VersionedCheckpoint> {
  const statement = `select position, version from pushledger.checkpoints where name = $1 for update`;
  return readCheckpoint(transaction, statement, name);
}

async function readCheckpoint(
  client: ClientBase,
  statement: string,
  name: string,
): Promise<VersionedCheckpoint> {
  const { rows } = await client.query<{ position: string; version: number }>(statement, [name]);
  const [row] = rows;
  if (!row) throw new CodedError('CHECKPOINT_CONFLICT', `${name} was removed while it was read`);
  return { position: BigInt(row.position) as Position, version: row.version };
}
