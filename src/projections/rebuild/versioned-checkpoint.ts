import type { ClientBase } from 'pg';
import type { Position } from '../../events/ids.ts';
import { CodedError } from '../../runtime/errors.ts';
import { type LogIdentity, loadCheckpoint } from '../../subscription/checkpoint.ts';
import type { Projection } from '../projection.ts';

/** Where a projection stands, and the version of it that wrote its rows. */
export interface VersionedCheckpoint {
  readonly position: Position;
  readonly version: number;
}

/** Makes the checkpoint at the start of the log, with this version, where there is none yet. */
export async function loadVersionedCheckpoint(
  client: ClientBase,
  { name, version }: Pick<Projection, 'name' | 'version'>,
  log: LogIdentity,
): Promise<VersionedCheckpoint> {
  await loadCheckpoint(client, name, log, version);
  return readCheckpoint(client, name, '');
}

/** The checkpoint as the transaction sees it. */
export function seeCheckpoint(transaction: ClientBase, name: string): Promise<VersionedCheckpoint> {
  return readCheckpoint(transaction, name, '');
}

/** The same, and nobody moves it until the transaction ends. */
export function holdCheckpoint(transaction: ClientBase, name: string): Promise<VersionedCheckpoint> {
  return readCheckpoint(transaction, name, 'for update');
}

/** @throws CodedError PROJECTION_DOWNGRADE when a newer version wrote the rows: this one would spoil them */
export function refuseDowngrade(
  { name, version }: { readonly name: string; readonly version: number },
  live: { readonly version: number },
): void {
  if (live.version <= version) return;
  throw new CodedError(
    'PROJECTION_DOWNGRADE',
    `${name} has version ${live.version}, this program has ${version}; run the newer one again`,
  );
}

async function readCheckpoint(
  client: ClientBase,
  name: string,
  lock: '' | 'for update',
): Promise<VersionedCheckpoint> {
  const { rows } = await client.query<{ position: string; version: number }>(
    `select position, version from pushledger.checkpoints where name = $1 ${lock}`,
    [name],
  );
  const [row] = rows;
  if (!row) throw new CodedError('CHECKPOINT_CONFLICT', `${name} was removed while it was read`);
  return { position: BigInt(row.position) as Position, version: row.version };
}
