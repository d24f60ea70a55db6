import { z } from 'zod';
import type { EventStore } from '../../event-store/event-store.ts';
import type { StoredEvent } from '../../events/codec.ts';
import { type Position, startOfLog } from '../../events/ids.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import { dropAmendments } from './amendments.ts';
import { type BuildProgress, build } from './build.ts';
import { explainFailure } from './explain.ts';
import { type OpenBuildingsOptions, openBuildings, type PlaceOf } from './open-buildings.ts';
import { indexShadow } from './shadow.ts';

const pageSize = 1_000;
const recorded = z.object({ recordedAt: z.string() });

export interface AsOfOptions extends OpenBuildingsOptions {
  readonly position: Position;
  readonly onProgress?: (progress: BuildProgress) => void;
}

/**
 * Builds projections as they were when the log ended at a position, into a schema that stays.
 *
 * @returns its name
 */
export async function buildAsOf(options: AsOfOptions): Promise<string> {
  const schema = `pushledger_until_${options.position}`;
  const placeOf: PlaceOf = () => ({ schema, kept: true });
  try {
    const buildings = await openBuildings(options, placeOf);
    try {
      await build(buildings.all, { ...options, store: buildings.store, until: options.position });
      for (const { client, shadow } of buildings.all) {
        await indexShadow(client, shadow);
        await dropAmendments(client, shadow);
        await client.query(`drop table ${shadow.progress}`);
      }
    } finally {
      await buildings.close();
    }
  } catch (error) {
    throw await explainFailure(error, options, placeOf);
  }
  return schema;
}

/**
 * The position of the last event, in log order, that was recorded by then. Clocks of several writers differ, so events
 * before it may bear a later time; they are part of the state all the same.
 *
 * @throws CodedError USAGE when nothing was recorded by then
 */
export async function positionAt(store: EventStore, time: Date, signal: AbortSignal): Promise<Position> {
  let after: Position = startOfLog;
  let found: Position | null = null;
  for (;;) {
    signal.throwIfAborted();
    const { events } = await store.readPage(after, pageSize);
    const last = events.at(-1);
    if (!last) break;
    for (const event of events) {
      if (recordedAt(event) <= time) found = event.position;
    }
    after = last.position;
  }
  if (found === null)
    throw new CodedError('USAGE', `the log holds nothing that was recorded by ${time.toISOString()}`);
  return found;
}

/** Of any event, also of a type that this version does not know. */
function recordedAt({ type, stream, metadata }: StoredEvent): Date {
  try {
    return new Date(recorded.parse(JSON.parse(metadata)).recordedAt);
  } catch (cause) {
    throw new CodedError('EVENT_INVALID', `${type} in stream ${stream} has no time: ${messageOf(cause)}`, {
      cause,
    });
  }
}
