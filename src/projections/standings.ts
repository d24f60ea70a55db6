import type { Pool } from 'pg';
import { listParked, type ParkedEvent } from '../subscription/parking.ts';
import type { Projection } from './projection.ts';

/** How a projection, or something else that follows the log, stands. */
export interface Standing {
  readonly name: string;
  /** Of the rows; null for what keeps no rows of a version. */
  readonly version: number | null;
  readonly position: bigint;
  /** Events that it is without, the decided ones (`skippedAt`) among them. */
  readonly parked: readonly ParkedEvent[];
}

/** By name. A projection that has not begun yet stands at the start of the log. */
export async function readStandings(pool: Pool, projections: readonly Projection[]): Promise<Standing[]> {
  const [checkpoints, parked] = await Promise.all([
    pool.query<{ name: string; position: string; version: number }>(
      `select name, position, version from pushledger.checkpoints`,
    ),
    listParked(pool),
  ]);
  const found = new Map(checkpoints.rows.map((row) => [row.name, row]));
  const versions = new Map(projections.map(({ name, version }) => [name, version]));
  return [...new Set([...found.keys(), ...versions.keys()])].toSorted().map((name) => {
    const row = found.get(name);
    return {
      name,
      version: versions.has(name) ? (row?.version ?? versions.get(name) ?? null) : null,
      position: BigInt(row?.position ?? 0),
      parked: parked.filter(({ subscriber }) => subscriber === name),
    };
  });
}
