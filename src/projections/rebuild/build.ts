import pg from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent, type StoredEvent } from '../../events/codec.ts';
import type { DomainEvent } from '../../events/event.ts';
import type { Position } from '../../events/ids.ts';
import { connectionOptions } from '../../postgres/pool.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { LogIdentity } from '../../subscription/checkpoint.ts';
import type { Projection } from '../projection.ts';
import {
  extendShadow,
  openShadow,
  positionOf,
  type Shadow,
  type ShadowPlace,
  shadowSchema,
} from './shadow.ts';

/** Events are read, and written, so many at a time: large enough for COPY, small enough for the memory. */
const pageSize = 1_000;
const pagesPerBatch = 4;

/** A projection that is being built, on a connection of its own so that all of them are written side by side. */
export interface Building {
  readonly shadow: Shadow;
  readonly client: pg.Client;
  readonly state: unknown;
}

export interface BuildProgress {
  /** Events read so far, in this process. */
  readonly events: number;
  readonly position: bigint;
}

export interface BuildOptions {
  readonly store: EventStore;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** Where to end, where that is not the end of the log. */
  readonly until?: Position;
}

export async function openBuilding(
  databaseUrl: string,
  projection: Projection,
  log: LogIdentity,
  place: ShadowPlace = { schema: shadowSchema(projection), kept: false },
): Promise<Building> {
  const client = new pg.Client(connectionOptions(databaseUrl, 'rebuild'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    // What an interrupted rebuild loses by this, it builds again; the live tables are changed on another connection.
    await client.query('set synchronous_commit = off');
    const shadow = await openShadow(client, projection, log, place);
    return { shadow, client, state: await projection.loadAll(client, shadow.at) };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/**
 * Builds all shadows in one pass over the log, up to its end. While a batch is written, the next one is read and
 * folded.
 *
 * @returns how many events were read
 * @throws CodedError EVENT_INVALID naming an event that cannot be projected
 */
export async function build(buildings: readonly Building[], options: BuildOptions): Promise<number> {
  let after = lowest(buildings);
  let events = 0;
  let writing: Promise<unknown> = Promise.resolve();
  for (;;) {
    options.signal.throwIfAborted();
    const batch = await readBatch(options, after);
    const last = batch.at(-1);
    if (!last) break;
    const decoded = batch.map(decodeEvent).filter((event) => event !== null);
    const folded = buildings.map((building) => ({
      building,
      changes: foldOrName(
        building,
        decoded.filter((event) => event.position > positionOf(building.shadow)),
      ),
    }));
    await writing;
    writing = Promise.all(
      folded.map(({ building, changes }) =>
        last.position > positionOf(building.shadow)
          ? extendShadow(building.client, building.shadow, changes, last)
          : undefined,
      ),
    );
    // Its failure is met at the next turn; until then it must not count as unhandled.
    writing.catch(() => undefined);
    after = last.position;
    events += batch.length;
    options.onProgress?.({ events, position: after });
  }
  await writing;
  return events;
}

async function readBatch(options: BuildOptions, after: Position): Promise<StoredEvent[]> {
  const batch: StoredEvent[] = [];
  for (let page = 0; page < pagesPerBatch; page++) {
    const { events, caughtUp } = await options.store.readPage(batch.at(-1)?.position ?? after, pageSize);
    for (const event of events) {
      if (options.until === undefined || event.position <= options.until) batch.push(event);
    }
    if (caughtUp || batch.length < (page + 1) * pageSize) break;
  }
  return batch;
}

function foldOrName({ shadow, state }: Building, events: readonly DomainEvent[]) {
  try {
    return shadow.projection.fold(state, events);
  } catch (cause) {
    const poison = events.find((event) => !foldsAlone(shadow.projection, event));
    throw new CodedError(
      'EVENT_INVALID',
      `${shadow.projection.name} cannot take ${poison ? `${poison.type} in stream ${poison.stream}` : 'a batch'}: ` +
        messageOf(cause),
      { cause },
    );
  }
}

function foldsAlone(projection: Projection, event: DomainEvent): boolean {
  try {
    projection.fold(projection.empty(), [event]);
    return true;
  } catch {
    return false;
  }
}

function lowest(buildings: readonly Building[]): Position {
  const positions = buildings.map(({ shadow }) => positionOf(shadow));
  return positions.reduce((least, position) => (position < least ? position : least));
}
