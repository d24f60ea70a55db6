import pg from 'pg';
import { decodeEvent } from '../../events/codec.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import { isPoison } from '../../subscription/parking.ts';
import { type Buildings, type OpenBuildingsOptions, openBuildings, type PlaceOf } from './open-buildings.ts';
import { extendShadow, positionOf } from './shadow.ts';

/** Events that are read at a time while the one is looked for that a projection cannot take. */
const pageSize = 500;

/**
 * The error that a person can do something with: which event could not be taken, or that the database went away. The
 * connections of the failed build must have been given back.
 */
export async function explainFailure(
  error: unknown,
  options: OpenBuildingsOptions,
  placeOf?: PlaceOf,
): Promise<unknown> {
  if (options.signal.aborted) return options.signal.reason;
  if (isLoss(error)) {
    return new CodedError(
      'DATABASE_UNREACHABLE',
      `${messageOf(error)}. No live table was changed by halves; what was built is kept for the next try`,
      { cause: error },
    );
  }
  // One that cannot be decoded, or folded, was named by whoever tried.
  if (!isPoison(error) || error instanceof CodedError) return error;
  for (const projection of options.projections) {
    const buildings = await openBuildings({ ...options, projections: [projection] }, placeOf);
    try {
      const named = await findPoison(buildings);
      if (named) return named;
    } finally {
      await buildings.close();
    }
  }
  return error;
}

/** Goes on event by event, as far as the end of what failed to be written at once. */
async function findPoison({ all: [building], store }: Buildings): Promise<CodedError | null> {
  if (!building) return null;
  const { client, shadow, state } = building;
  for (;;) {
    const { events } = await store.readPage(positionOf(shadow), pageSize);
    if (events.length === 0) return null;
    for (const stored of events) {
      try {
        const event = decodeEvent(stored);
        await extendShadow(client, shadow, shadow.projection.fold(state, event ? [event] : []), stored);
      } catch (cause) {
        if (!isPoison(cause)) throw cause;
        return new CodedError(
          'EVENT_INVALID',
          `${shadow.projection.name} cannot take ${stored.type} in stream ${stored.stream}: ${messageOf(cause)}`,
          { cause },
        );
      }
    }
  }
}

/** The connection was lost, or the server is going down or full (57P, 08, 53). */
function isLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|53|57P)/.test(error.code ?? '');
  if (error instanceof CodedError) return error.code === 'STORE_UNAVAILABLE';
  return (
    error instanceof Error &&
    /^Connection terminated|is not queryable|ECONNRE(SET|FUSED)|EPIPE/.test(error.message)
  );
}
