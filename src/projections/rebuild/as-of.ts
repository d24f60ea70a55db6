import { z } from 'zod';
import type { EventStore } from '../../event-store/event-store.ts';
import { type Position, startOfLog } from '../../events/ids.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { LogIdentity } from '../../subscription/checkpoint.ts';
import type { Projection } from '../projection.ts';
import { type Building, type BuildProgress, build, openBuilding } from './build.ts';
import { indexShadow } from './shadow.ts';

const pageSize = 1_000;
const recorded = z.object({ recordedAt: z.string() });

export interface AsOfOptions {
  readonly databaseUrl: string;
  readonly store: EventStore;
  readonly log: LogIdentity;
  readonly projections: readonly Projection[];
  readonly position: Position;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
}

/**
 * Builds projections as they were when the log ended at a position, into a schema that stays.
 *
 * @returns its name
 */
export async function buildAsOf(options: AsOfOptions): Promise<string> {
  const { databaseUrl, log, position } = options;
  const schema = `pushledger_until_${position}`;
  const buildings: Building[] = [];
  try {
    for (const projection of options.projections) {
      buildings.push(await openBuilding(databaseUrl, projection, log, { schema, kept: true }));
    }
    await build(buildings, { ...options, until: position });
    for (const { client, shadow } of buildings) {
      await indexShadow(client, shadow);
      await client.query(`drop table ${shadow.progress}`);
    }
    return schema;
  } finally {
    await Promise.all(buildings.map(({ client }) => client.end().catch(() => undefined)));
  }
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
      const { recordedAt } = recorded.parse(JSON.parse(event.metadata));
      if (new Date(recordedAt) <= time) found = event.position;
    }
    after = last.position;
  }
  if (found === null)
    throw new CodedError('USAGE', `the log holds nothing that was recorded by ${time.toISOString()}`);
  return found;
}
