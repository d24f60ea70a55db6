import pg, { type ClientBase } from 'pg';
import type { StoredEvent } from '../../events/codec.ts';
import { type EventId, type Position, startOfLog } from '../../events/ids.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { LogIdentity } from '../../subscription/checkpoint.ts';
import type { Changes, Projection } from '../projection.ts';
import { type Place, placeIn, type Table } from '../table.ts';
import { applyAmendments, createAmendments, putBatch } from './amendments.ts';
import { Batch } from './batch.ts';

/** A copy of a projection's tables, built from the first event beside the live ones. */
export interface Shadow {
  readonly projection: Projection;
  readonly schema: string;
  readonly at: Place;
  /** The table that says how far it is. */
  readonly progress: string;
  /** The last event that is in it; null for none. */
  last: PlaceInLog | null;
}

/** An event by its place and its names. */
export type PlaceInLog = Pick<StoredEvent, 'position' | 'id' | 'stream'>;

export function positionOf(shadow: Shadow): Position {
  return shadow.last?.position ?? startOfLog;
}

/** The schema that a rebuild of this projection is built in. */
export function shadowSchema(projection: Projection): string {
  return `pushledger_rebuild_${projection.name}`;
}

export interface ShadowPlace {
  readonly schema: string;
  /**
   * A shadow that is dropped afterwards is unlogged: the database empties it, and the record of how far it is, when it
   * crashes itself, and the rebuild then starts anew.
   */
  readonly kept: boolean;
}

/**
 * The shadow that an interrupted rebuild left, or a new one.
 *
 * @throws CodedError REBUILD_RUNNING
 */
export async function openShadow(
  client: ClientBase,
  projection: Projection,
  log: LogIdentity,
  { schema, kept }: ShadowPlace,
): Promise<Shadow> {
  const shadow: Shadow = {
    projection,
    schema,
    at: placeIn(schema),
    progress: `${schema}.progress_${projection.name}`,
    last: null,
  };
  // First: a shadow that another process is about to build must not be looked at, and even less be dropped.
  await claim(client, shadow);
  const found = await readProgress(client, shadow, log);
  if (found) return { ...shadow, last: found.last };
  const create = kept ? 'create table' : 'create unlogged table';
  // Vacuum would find nothing to do in it, but holds a lock that the making of an index waits for.
  const storage = kept ? '' : 'with (autovacuum_enabled = off)';
  await client.query('begin');
  await client.query(`create schema if not exists ${schema}`);
  for (const table of projection.tables) {
    await client.query(`drop table if exists ${shadow.at(table)}`);
    await client.query(`${create} ${shadow.at(table)} (${columnsOf(table)}) ${storage}`);
    // Rows that are replaced are found by their key while the shadow is built. Those that are appended need no index:
    // they are compared by a sum first, and else by joins of whole tables.
    if (table.growth === 'replaced') await addKey(client, shadow, table);
  }
  await createAmendments(client, shadow, create);
  await client.query(`drop table if exists ${shadow.progress}`);
  await client.query(
    `${create} ${shadow.progress}
       (version integer, ledger_id uuid, store text, position bigint, event_id uuid, stream text)`,
  );
  await client.query(`insert into ${shadow.progress} (version, ledger_id, store) values ($1, $2, $3)`, [
    projection.version,
    log.ledgerId,
    log.store,
  ]);
  await client.query('commit');
  return shadow;
}

/** How long the lock of a rebuild that was just killed is waited for. */
const claimPatience = '5s';

/**
 * Two rebuilds of one projection would build one shadow. The lock is the session's: a killed one leaves none, once the
 * server has seen that it is gone.
 */
async function claim(client: ClientBase, { schema, projection: { name } }: Shadow): Promise<void> {
  // Not every platform can look; there the server sees it when the statement ends.
  await client.query(`set client_connection_check_interval = '1s'`).catch(() => undefined);
  await client.query(`set lock_timeout = '${claimPatience}'`);
  try {
    await client.query(`select pg_advisory_lock(hashtext($1), hashtext($2))`, [schema, name]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== lockNotAvailable) throw error;
    throw new CodedError('REBUILD_RUNNING', `of ${name}; wait for it, or stop it`, { cause: error });
  }
  await client.query('set lock_timeout = 0');
}

const lockNotAvailable = '55P03';

export async function dropShadow(client: ClientBase, schema: string): Promise<void> {
  await client.query(`drop schema if exists ${schema} cascade`);
}

/** The same for few rows. */
export async function extendShadow(
  client: ClientBase,
  shadow: Shadow,
  changes: Changes,
  last: PlaceInLog,
): Promise<void> {
  const batch = new Batch();
  batch.add(changes);
  await writeBatch(client, shadow, batch, last);
}

/** Adds a batch and moves the shadow on, in one transaction: an interrupted rebuild goes on behind it. */
export async function writeBatch(
  client: ClientBase,
  shadow: Shadow,
  batch: Batch,
  last: PlaceInLog,
): Promise<void> {
  await client.query('begin');
  await putBatch(client, shadow, batch);
  await client.query(`update ${shadow.progress} set position = $1, event_id = $2, stream = $3`, [
    last.position,
    last.id,
    last.stream,
  ]);
  await client.query('commit');
  shadow.last = last;
}

/** Adds what came in since without moving the record of how far it is on, within the caller's transaction. */
export async function completeShadow(client: ClientBase, shadow: Shadow, changes: Changes): Promise<void> {
  const batch = new Batch();
  batch.add(changes);
  await putBatch(client, shadow, batch);
}

/** Makes a shadow that stays as good to read as the live tables. */
export async function indexShadow(client: ClientBase, shadow: Shadow): Promise<void> {
  await applyAmendments(client, shadow);
  for (const table of shadow.projection.tables) {
    if (table.growth === 'appended') await addKey(client, shadow, table);
  }
}

async function addKey(client: ClientBase, shadow: Shadow, table: Table): Promise<void> {
  await client.query(
    `create unique index if not exists ${table.name}_key on ${shadow.at(table)} (${table.key.join(', ')})`,
  );
}

function columnsOf(table: Table): string {
  const columns = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
  if (table.shared) columns.push(`recorded_by text default 'pushledger'`);
  return columns.join(', ');
}

async function readProgress(
  client: ClientBase,
  { projection, progress }: Shadow,
  log: LogIdentity,
): Promise<{ last: PlaceInLog | null } | null> {
  const exists = await client.query<{ found: string | null }>(`select to_regclass($1) as found`, [progress]);
  if (!exists.rows[0]?.found) return null;
  const { rows } = await client.query<{ position: string | null; event_id: EventId; stream: string }>(
    `select position, event_id, stream from ${progress} where version = $1 and ledger_id = $2 and store = $3`,
    [projection.version, log.ledgerId, log.store],
  );
  const [row] = rows;
  if (!row) return null;
  if (row.position === null) return { last: null };
  return { last: { position: BigInt(row.position) as Position, id: row.event_id, stream: row.stream } };
}
