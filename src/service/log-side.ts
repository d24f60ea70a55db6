import type { Pool } from 'pg';
import type { MovableEventStore } from '../event-store/event-store.ts';
import { createPool } from '../postgres/pool.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import { createFileSource } from '../store-copy/file/file-source.ts';
import { openFileTarget } from '../store-copy/file/file-target.ts';
import type { Place } from '../store-copy/place.ts';
import type { Side, TargetSide } from '../store-copy/side.ts';
import { createStoreSide } from '../store-copy/store-side.ts';
import { openKurrentdbStore, openPostgresStore, type StoreSurroundings } from './event-store.ts';
import { prepareDatabase } from './ledger.ts';

/** Nobody waits for an answer here, so a slow store gets its time. In milliseconds. */
const kurrentdbLimits = { appendTimeoutMs: 30_000, readTimeoutMs: 60_000 };

export type KnownPlace = Exclude<Place, { kind: 'configured' }>;

/** @throws CodedError COPY_REFUSED, USAGE, EVENT_STORE_UNREACHABLE or DATABASE_UNREACHABLE */
export async function openSource(place: KnownPlace, surroundings: StoreSurroundings): Promise<Side> {
  if (place.kind === 'file') return createFileSource(place.path);
  return openStoreSide(place, surroundings, refuseWithoutLog);
}

/** @throws CodedError the same, or SCHEMA_INCOMPATIBLE */
export async function openTarget(place: KnownPlace, surroundings: StoreSurroundings): Promise<TargetSide> {
  if (place.kind === 'file') return openFileTarget(place.path);
  return openStoreSide(place, surroundings, prepareDatabase);
}

async function openStoreSide(
  { kind, url, name }: Exclude<KnownPlace, { kind: 'file' }>,
  surroundings: StoreSurroundings,
  prepare: (databaseUrl: string, pool: Pool) => Promise<void>,
): Promise<TargetSide> {
  const { clock, logger } = surroundings;
  const side = (store: MovableEventStore, close: () => Promise<void>) =>
    createStoreSide({ name, store, clock, logger, close });
  if (kind === 'kurrentdb') {
    const place = { connectionString: url, remedy: `check ${name}`, attempts: 1, limits: kurrentdbLimits };
    const store = await openKurrentdbStore(place, surroundings).catch((error: unknown) => {
      throw error instanceof CodedError && error.code === 'CONFIG_INVALID'
        ? new CodedError('USAGE', error.detail?.replace(/^EVENT_STORE_URL/, name))
        : error;
    });
    return side(store, () => store.close());
  }
  const pool = createPool(url, 'copy', logger);
  try {
    await prepare(url, pool);
  } catch (cause) {
    await pool.end();
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('DATABASE_UNREACHABLE', `${name}: ${messageOf(cause)}`, { cause });
  }
  const store = openPostgresStore(url, pool, surroundings);
  return side(store, async () => {
    await store.close();
    await pool.end();
  });
}

async function refuseWithoutLog(_databaseUrl: string, pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ found: boolean }>(
    `select to_regclass('pushledger.events') is not null as found`,
  );
  if (!rows[0]?.found)
    throw new CodedError('COPY_REFUSED', 'the database of --from holds no log of pushledger');
}
