import type { EventStore } from '../../event-store/event-store.ts';
import type { EventId } from '../../events/ids.ts';
import type { LogIdentity } from '../../subscription/checkpoint.ts';
import type { Projection } from '../projection.ts';
import { type Building, openBuilding } from './build.ts';
import { dropShadow, type ShadowPlace, shadowSchema } from './shadow.ts';
import { foldWithout, readSkipped, readWithout } from './skipped.ts';

export interface OpenBuildingsOptions {
  readonly databaseUrl: string;
  readonly store: EventStore;
  readonly log: LogIdentity;
  readonly projections: readonly Projection[];
  readonly signal: AbortSignal;
}

/** Projections that are built in one pass over the log. */
export interface Buildings {
  readonly all: readonly Building[];
  /** The log as it is to be read for them. */
  readonly store: EventStore;
  /** Gives their connections back, and with those their locks. */
  close(): Promise<void>;
}

export type PlaceOf = (projection: Projection) => ShadowPlace;

const besideLive: PlaceOf = (projection) => ({ schema: shadowSchema(projection), kept: false });

/**
 * Takes up what an interrupted build left, or begins. When the signal aborts, the connections are cut, whatever the
 * server is doing: each batch, and the change of the live tables, is one transaction.
 *
 * @throws CodedError REBUILD_RUNNING
 */
export async function openBuildings(
  options: OpenBuildingsOptions,
  placeOf: PlaceOf = besideLive,
): Promise<Buildings> {
  const { projections, signal } = options;
  const all: Building[] = [];
  const skipped: ReadonlySet<EventId>[] = [];
  const cut = () => {
    for (const { client } of all) client.connection.stream.destroy();
  };
  const close = async () => {
    signal.removeEventListener('abort', cut);
    await Promise.all(all.map(({ client }) => client.end().catch(() => undefined)));
  };
  signal.addEventListener('abort', cut);
  try {
    for (const projection of projections) {
      signal.throwIfAborted();
      const building = await openInThisStore(options, projection, placeOf(projection));
      all.push(building);
      skipped.push(await readSkipped(building.client, projection.name));
    }
    const passing = all.map((building, index) => ({
      ...building,
      shadow: {
        ...building.shadow,
        projection: foldWithout(building.shadow.projection, skipped[index] ?? new Set()),
      },
    }));
    return { all: passing, store: readWithout(options.store, inAllOf(skipped)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What was left is of no use when the log was moved since to a store that gives other positions. */
async function openInThisStore(
  { databaseUrl, store, log }: OpenBuildingsOptions,
  projection: Projection,
  place: ShadowPlace,
): Promise<Building> {
  const building = await openBuilding(databaseUrl, projection, log, place);
  try {
    if (await standsIn(store, building)) return building;
    await dropShadow(building.client, place.schema);
  } catch (error) {
    await building.client.end().catch(() => undefined);
    throw error;
  }
  await building.client.end();
  return openBuilding(databaseUrl, projection, log, place);
}

async function standsIn(store: EventStore, { shadow: { last } }: Building): Promise<boolean> {
  if (!last) return true;
  const [event] = await store.readStreams([last.stream]);
  return event?.id === last.id && event.position === last.position;
}

function inAllOf(sets: readonly ReadonlySet<EventId>[]): ReadonlySet<EventId> {
  const [first = new Set<EventId>(), ...others] = sets;
  return new Set([...first].filter((id) => others.every((set) => set.has(id))));
}
