import type { ClientBase } from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent } from '../../events/codec.ts';
import type { Position } from '../../events/ids.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import { isPoison } from '../../subscription/parking.ts';
import { applyAmendments } from './amendments.ts';
import { type Building, type BuildProgress, build } from './build.ts';
import { applyShadow, compareShadow, type Difference } from './compare.ts';
import { explainFailure } from './explain.ts';
import { type OpenBuildingsOptions, openBuildings } from './open-buildings.ts';
import { completeShadow, dropShadow, positionOf, type Shadow } from './shadow.ts';
import {
  holdCheckpoint,
  loadVersionedCheckpoint,
  refuseDowngrade,
  seeCheckpoint,
} from './versioned-checkpoint.ts';

/** Events that are read at a time while the checkpoint is held. */
const pageSize = 500;

export interface RebuildOptions extends OpenBuildingsOptions {
  /** Shows the differences and changes nothing. */
  readonly dryRun: boolean;
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
 * @throws CodedError REBUILD_RUNNING, EVENT_INVALID, PROJECTION_DOWNGRADE, DATABASE_UNREACHABLE, or the signal's reason
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt[]> {
  try {
    return await buildAndTakeOver(options);
  } catch (error) {
    throw await explainFailure(error, options);
  }
}

async function buildAndTakeOver(options: RebuildOptions): Promise<Rebuilt[]> {
  const buildings = await openBuildings(options);
  const reading = { ...options, store: buildings.store };
  try {
    // Up to where each one stands and no further: a shadow that is ahead of its live tables could not be compared.
    await build(buildings.all, { ...reading, until: await standsAt(buildings.all, options) });
    const takeovers = await Promise.allSettled(
      buildings.all.map((building) => catchUpAndTakeOver(building, reading)),
    );
    return takeovers.map((takeover) => {
      if (takeover.status === 'rejected') throw takeover.reason;
      return takeover.value;
    });
  } finally {
    await buildings.close();
  }
}

/** What came in meanwhile first, so that little is left to do while the checkpoint is held. */
async function catchUpAndTakeOver(building: Building, options: RebuildOptions): Promise<Rebuilt> {
  const until = await standsAt([building], options);
  await build([building], { ...options, until, onProgress: () => undefined });
  options.signal.throwIfAborted();
  return takeOver(building, options);
}

/** Where the shadows are to end for now: where the slowest live one stands, or the end of the log for a new version. */
async function standsAt(buildings: readonly Building[], options: RebuildOptions): Promise<Position> {
  const positions: Position[] = [];
  for (const { client, shadow } of buildings) {
    const live = await loadVersionedCheckpoint(client, shadow.projection, options.log);
    refuseDowngrade(shadow.projection, live);
    positions.push(live.version === shadow.projection.version ? live.position : await options.store.head());
  }
  return positions.reduce((least, position) => (position < least ? position : least));
}

/**
 * The short part. Nothing else may move the checkpoint until it is over; where nothing is to be changed, one view of
 * the database will do, and nobody has to wait.
 */
async function takeOver({ shadow, client, state }: Building, options: RebuildOptions): Promise<Rebuilt> {
  const { name, version } = shadow.projection;
  await client.query('set synchronous_commit = on');
  await client.query(options.dryRun ? 'begin isolation level repeatable read' : 'begin');
  try {
    const live = await (options.dryRun ? seeCheckpoint(client, name) : holdCheckpoint(client, name));
    refuseDowngrade(shadow.projection, live);
    if (live.version === version) {
      if (positionOf(shadow) > live.position) throw await goneBack(client, shadow, live.position);
      await catchUp({ shadow, client, state }, options.store, live.position);
    }
    await applyAmendments(client, shadow);
    if (options.dryRun) {
      const differences = await compareShadow(client, shadow);
      await client.query('rollback');
      await dropShadow(client, shadow.schema);
      return { projection: name, differences };
    }
    const differences = await applyShadow(client, shadow).catch((cause: unknown) => {
      throw isPoison(cause) ? doesNotFit(name, cause) : cause;
    });
    await settle(client, shadow);
    // In the same transaction: were it left with the last few events in it, the next rebuild would add them again.
    await dropShadow(client, shadow.schema);
    await client.query('commit');
    return { projection: name, differences };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Each row was taken by the shadow: something that another program has added to the live tables refuses it. */
function doesNotFit(name: string, cause: unknown): CodedError {
  const text = `they refuse rows of ${name}, and nothing was changed: ${messageOf(cause)}`;
  return new CodedError('SCHEMA_INCOMPATIBLE', text, { cause });
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
async function settle(client: ClientBase, { projection, last }: Shadow): Promise<void> {
  const { name, version } = projection;
  await client.query(
    `update pushledger.checkpoints set version = $2, position = $3, event_id = $4, stream = $5 where name = $1`,
    [name, version, last?.position ?? 0n, last?.id ?? null, last?.stream ?? null],
  );
  await client.query(`delete from pushledger.parked_events where projection = $1 and skipped_at is null`, [
    name,
  ]);
}

/** The last few events, into the shadow and within the transaction that holds the checkpoint. */
async function catchUp(building: Building, store: EventStore, to: Position): Promise<void> {
  const { shadow, client, state } = building;
  while (positionOf(shadow) < to) {
    const { events } = await store.readPage(positionOf(shadow), pageSize);
    const page = events.filter((event) => event.position <= to);
    const last = page.at(-1);
    if (!last) return;
    const decoded = page.map(decodeEvent).filter((event) => event !== null);
    await completeShadow(client, shadow, shadow.projection.fold(state, decoded));
    shadow.last = last;
  }
}
