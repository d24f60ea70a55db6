import type { ClientBase } from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent } from '../../events/codec.ts';
import type { Position } from '../../events/ids.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { LogIdentity } from '../../subscription/checkpoint.ts';
import type { Projection } from '../projection.ts';
import { putChanges } from '../put-rows.ts';
import { type Building, type BuildProgress, build, openBuilding } from './build.ts';
import { applyShadow, compareShadow, type Difference } from './compare.ts';
import { dropShadow, indexShadow, positionOf, type Shadow } from './shadow.ts';
import { holdCheckpoint, loadVersionedCheckpoint } from './versioned-checkpoint.ts';

/** Events that are read at a time while the checkpoint is held. */
const pageSize = 500;

export interface RebuildOptions {
  readonly databaseUrl: string;
  readonly store: EventStore;
  readonly log: LogIdentity;
  readonly projections: readonly Projection[];
  /** Shows the differences and changes nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
}

export interface Rebuilt {
  readonly projection: string;
  readonly differences: readonly Difference[];
}

/**
 * Builds projections from the first event beside their live tables, then holds each one's checkpoint, brings the
 * shadow to exactly that position and changes only what differs, in one short transaction. The service goes on
 * meanwhile; nothing is sent or triggered, as only the rows of projections are written.
 *
 * Interrupted at any time, it has changed nothing, or all of a projection; what was built is kept for the next try.
 *
 * @throws CodedError REBUILD_RUNNING, EVENT_INVALID, or the signal's reason
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt[]> {
  const buildings: Building[] = [];
  try {
    for (const projection of options.projections) {
      const building = await openBuilding(options.databaseUrl, projection, options.log);
      buildings.push(building);
      await claim(building);
    }
    // Up to where each one stands and no further: a shadow that is ahead of its live tables could not be compared.
    await build(buildings, { ...options, until: await standsAt(buildings, options) });
    const rebuilt: Rebuilt[] = [];
    for (const building of buildings) {
      await indexShadow(building.client, building.shadow);
      // What came in meanwhile, so that little is left to do while the checkpoint is held.
      await build([building], {
        ...options,
        until: await standsAt([building], options),
        onProgress: () => undefined,
      });
      rebuilt.push(await takeOver(building, options));
    }
    return rebuilt;
  } finally {
    await Promise.all(buildings.map(({ client }) => client.end().catch(() => undefined)));
  }
}

/** Two rebuilds of one projection would build one shadow. The lock is the session's: a killed one leaves none. */
async function claim({ client, shadow }: Building): Promise<void> {
  const { name } = shadow.projection;
  const { rows } = await client.query<{ held: boolean }>(
    `select pg_try_advisory_lock(hashtext('pushledger rebuild'), hashtext($1)) as held`,
    [name],
  );
  if (!rows[0]?.held) throw new CodedError('REBUILD_RUNNING', `of ${name}; wait for it, or stop it`);
}

/** Where the shadows are to end for now: where the slowest live one stands, or the end of the log for a new version. */
async function standsAt(buildings: readonly Building[], options: RebuildOptions): Promise<Position> {
  const positions: Position[] = [];
  for (const { client, shadow } of buildings) {
    const { position, version } = await loadVersionedCheckpoint(client, shadow.projection.name, options.log);
    positions.push(version === shadow.projection.version ? position : await options.store.head());
  }
  return positions.reduce((least, position) => (position < least ? position : least));
}

/** The short part: nothing else may move the checkpoint until it is over. */
async function takeOver(building: Building, options: RebuildOptions): Promise<Rebuilt> {
  const { shadow, client } = building;
  const { name, version } = shadow.projection;
  await client.query('set synchronous_commit = on');
  await client.query('begin');
  try {
    const live = await holdCheckpoint(client, name);
    if (live.version === version) {
      if (positionOf(shadow) > live.position) throw await goneBack(client, shadow, live.position);
      await catchUp(building, options.store, live.position);
    }
    const differences = options.dryRun
      ? await compareShadow(client, shadow)
      : await applyShadow(client, shadow);
    if (!options.dryRun) await settle(client, building);
    await client.query(options.dryRun ? 'rollback' : 'commit');
    await dropShadow(client, shadow.schema);
    return { projection: name, differences };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** What an interrupted rebuild left is beyond the live tables: they were restored since, or emptied. */
async function goneBack(client: ClientBase, shadow: Shadow, position: Position): Promise<CodedError> {
  await client.query('rollback');
  await dropShadow(client, shadow.schema);
  return new CodedError(
    'CHECKPOINT_CONFLICT',
    `${shadow.projection.name} went back to position ${position}; what was built is dropped, run the rebuild again`,
  );
}

/** The live tables are now what this version makes of the log up to the shadow's end. */
async function settle(client: ClientBase, { shadow }: Building): Promise<void> {
  const { name, version } = shadow.projection;
  const { last } = shadow;
  await client.query(
    `update pushledger.checkpoints set version = $2, position = $3, event_id = $4, stream = $5 where name = $1`,
    [name, version, last?.position ?? 0n, last?.id ?? null, last?.stream ?? null],
  );
  await client.query(`delete from pushledger.parked_events where projection = $1`, [name]);
}

/** The last few events, row by row, into the shadow and within the transaction that holds the checkpoint. */
async function catchUp(building: Building, store: EventStore, to: Position): Promise<void> {
  const { shadow, client, state } = building;
  while (positionOf(shadow) < to) {
    const { events } = await store.readPage(positionOf(shadow), pageSize);
    const page = events.filter((event) => event.position <= to);
    const last = page.at(-1);
    if (!last) return;
    const decoded = page.map(decodeEvent).filter((event) => event !== null);
    await putChanges(client, shadow.at, shadow.projection.fold(state, decoded));
    shadow.last = last;
  }
}
