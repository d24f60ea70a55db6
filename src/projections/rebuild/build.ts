import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent, type StoredEvent } from '../../events/codec.ts';
import type { DomainEvent } from '../../events/event.ts';
import type { Position } from '../../events/ids.ts';
import { connectionOptions } from '../../postgres/pool.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { LogIdentity } from '../../subscription/checkpoint.ts';
import type { Projection } from '../projection.ts';
import { Lane } from './lane.ts';
import { openShadow, positionOf, type Shadow, type ShadowPlace, shadowSchema } from './shadow.ts';

/** Events that are read at a time, while those before them are folded. */
const pageSize = 500;
/** Events that are folded at a time: so few that what is made of them is garbage before it counts as old. */
const foldedAtOnce = 250;
/** Events that are written at a time: so many that a transaction weighs little. */
const batchSize = 4_000;

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
 * Builds all shadows in one pass over the log, up to its end. While a page is folded the next one is read, and the
 * batches before it are written.
 *
 * @returns how many events were read
 * @throws CodedError EVENT_INVALID naming an event that cannot be projected
 */
export async function build(buildings: readonly Building[], options: BuildOptions): Promise<number> {
  const lanes = buildings.map((building) => new Lane(building));
  let reading = readUntil(options, lowest(buildings));
  let end: StoredEvent | undefined;
  let events = 0;
  let waiting = 0;
  for (;;) {
    options.signal.throwIfAborted();
    const page = await reading;
    const last = page.at(-1);
    if (last) {
      reading = readUntil(options, last.position);
      for (let from = 0; from < page.length; from += foldedAtOnce) {
        // Folding holds the thread: the next request and what was written have to be on their way before.
        await setImmediate();
        fold(lanes, page.slice(from, from + foldedAtOnce));
      }
      events += page.length;
      waiting += page.length;
      end = last;
    }
    if (end && (last ? waiting >= batchSize : waiting > 0)) {
      for (const lane of lanes) await lane.write(end);
      waiting = 0;
    }
    if (!last) break;
    options.onProgress?.({ events, position: last.position });
  }
  for (const lane of lanes) await lane.finish();
  return events;
}

function fold(lanes: readonly Lane[], page: readonly StoredEvent[]): void {
  const decoded = page.map(decodeEvent).filter((event) => event !== null);
  for (const lane of lanes) {
    const [first] = decoded;
    const fresh =
      first && first.position > lane.until
        ? decoded
        : decoded.filter(({ position }) => position > lane.until);
    if (fresh.length > 0) lane.add(foldOrName(lane.building, fresh));
  }
}

function readUntil({ store, until }: BuildOptions, after: Position): Promise<StoredEvent[]> {
  const reading = store
    .readPage(after, pageSize)
    .then(({ events }) => events.filter(({ position }) => until === undefined || position <= until));
  reading.catch(() => undefined);
  return reading;
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
