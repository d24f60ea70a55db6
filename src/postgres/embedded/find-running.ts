import { realpath } from 'node:fs/promises';
import { hasCode } from './failure.ts';
import { locate } from './location.ts';
import { readPassword } from './password.ts';
import { passwordPathIn } from './place.ts';
import { readPostmaster, serves } from './postmaster.ts';
import { databaseName, urlOf } from './probe.ts';

/**
 * The address of the embedded server of a data directory, where one runs. It takes no lease: for a look that must not
 * start, stop or keep anything.
 *
 * @returns null where none runs
 * @throws CodedError EMBEDDED_POSTGRES_FAILED when the recorded cluster is gone; Error when its files cannot be read
 */
export async function findRunningPostgres(dataDir: string): Promise<string | null> {
  let place: string;
  try {
    place = await realpath(dataDir);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const { clusterDir, exists } = await locate(place, place, undefined);
  if (!exists) return null;
  const postmaster = await readPostmaster(clusterDir);
  if (postmaster?.port === undefined || !(await serves(postmaster.pid, clusterDir))) return null;
  const password = await readPassword(passwordPathIn(place));
  return password === undefined ? null : urlOf(postmaster.port, password, databaseName);
}
