import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { failure, hasCode } from './failure.ts';
import { canReach, type Identity } from './identity.ts';
import { readRecord, writeRecord } from './record.ts';

/** Where the cluster is, or will be. */
export interface Location {
  readonly clusterDir: string;
  readonly exists: boolean;
  /** Who owns an existing cluster. */
  readonly owner?: Identity;
}

const recordName = 'postgres-location';

/**
 * The recorded cluster; else `<dataDir>/postgres` where the server's user can reach it; else, below `sharedDir`, a
 * directory named after the data directory.
 *
 * @param identity undefined where the server runs as ourselves
 * @throws CodedError when the recorded cluster is gone: a new, empty one in its place would look like lost data
 */
export async function locate(
  dataDir: string,
  sharedDir: string,
  identity: Identity | undefined,
): Promise<Location> {
  const recorded = (await readRecord(join(dataDir, recordName)))?.trim();
  if (recorded) {
    const location = await inspect(resolve(dataDir, recorded));
    if (location.exists) return location;
    throw failure(
      `the cluster ${location.clusterDir}, recorded in ${join(dataDir, recordName)}, does not exist. ` +
        `Restore it, or remove ${join(dataDir, recordName)} to begin with an empty one`,
    );
  }
  if (!identity || (await canReach(dataDir, identity))) return inspect(join(dataDir, 'postgres'));
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return inspect(join(sharedDir, name, 'postgres'));
}

/** Written once the cluster exists: relative below the data directory, so that this can be moved. */
export async function recordLocation(dataDir: string, clusterDir: string): Promise<void> {
  const path = join(dataDir, recordName);
  const inside = relative(dataDir, clusterDir);
  const text = inside.startsWith('..') || isAbsolute(inside) ? clusterDir : inside;
  if ((await readRecord(path))?.trim() !== text) await writeRecord(path, `${text}\n`);
}

async function inspect(clusterDir: string): Promise<Location> {
  try {
    const { uid, gid } = await stat(clusterDir);
    return { clusterDir, exists: true, owner: { uid, gid } };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { clusterDir, exists: false };
    throw error;
  }
}
