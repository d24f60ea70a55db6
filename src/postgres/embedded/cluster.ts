import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failure } from './failure.ts';
import type { Identity } from './identity.ts';
import { recordLocation } from './location.ts';
import { makePassable } from './passable.ts';
import { ensurePassword } from './password.ts';
import type { Place } from './place.ts';
import { superuser } from './probe.ts';
import { readRecord, syncDirectory } from './record.ts';
import { run } from './run.ts';

/** Written into postgresql.conf when the cluster is made; an operator may change them there. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '50',
  // Seven files, each begun anew after a week: the log does not grow for ever.
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * Makes the cluster where there is none, and checks that this version of PostgreSQL can run one that exists.
 * Called by one process at a time (lock level `start`).
 */
export async function ensureCluster(place: Place): Promise<'made' | 'found'> {
  await removeUnfinished(place);
  const version = (await readRecord(join(place.clusterDir, 'PG_VERSION')))?.trim();
  if (version === undefined) await initialise(place);
  else requireVersion(place, version);
  await recordLocation(place.dataDir, place.clusterDir);
  return version === undefined ? 'made' : 'found';
}

/** initdb works in a sibling directory that gets the cluster's name at the end: a kill leaves no half cluster. */
async function initialise(place: Place): Promise<void> {
  const { clusterDir, identity } = place;
  const password = await ensurePassword(place.passwordPath);
  const workDir = `${unfinishedPrefix(clusterDir)}${randomBytes(6).toString('hex')}`;
  await mkdir(workDir, { mode: 0o700 });
  try {
    const passwordFile = join(workDir, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (identity) await giveTo(identity, passwordFile, workDir);
    await initdb(place, join(workDir, 'cluster'), passwordFile);
    await rename(join(workDir, 'cluster'), clusterDir);
    await syncDirectory(dirname(clusterDir));
  } finally {
    await rm(workDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function initdb(place: Place, directory: string, passwordFile: string): Promise<void> {
  const outcome = await run(
    place.binaries.initdb,
    [
      `--pgdata=${directory}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--data-checksums',
      '--no-instructions',
      ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
    ],
    place.identity,
  );
  if (!outcome.succeeded) throw failure(`initdb could not make ${place.clusterDir}:\n${outcome.output}`);
}

async function giveTo({ uid, gid }: Identity, ...paths: string[]): Promise<void> {
  for (const path of paths) await chown(path, uid, gid);
}

/** What a killed initdb left, with the password in it. */
async function removeUnfinished({ clusterDir }: Place): Promise<void> {
  const parent = dirname(clusterDir);
  await makePassable(parent, 0o755);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(basename(unfinishedPrefix(clusterDir)))) continue;
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

const unfinishedPrefix = (clusterDir: string) => `${clusterDir}.unfinished-`;

function requireVersion({ clusterDir, binaries }: Place, version: string): void {
  if (version === binaries.majorVersion) return;
  throw failure(
    `the cluster ${clusterDir} was made by PostgreSQL ${version}, and this is ${binaries.majorVersion}. ` +
      `Dump it with the pushledger that made it (pg_dump) and restore the dump into an empty data directory, ` +
      `or set DATABASE_URL to a server of version ${version}`,
  );
}
