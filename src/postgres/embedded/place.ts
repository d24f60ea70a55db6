import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Binaries, type PackagedBinaries, reachableBinaries } from './binaries.ts';
import { failure } from './failure.ts';
import { canReach, type Identity, isRoot } from './identity.ts';
import { ensureLockFile } from './lease.ts';
import { type Location, locate } from './location.ts';
import { makePassable } from './passable.ts';

/** What this machine offers. Passed in, so that a test can run below its own directories. */
export interface Host {
  readonly packaged: PackagedBinaries;
  /** For root: where the server's user can reach what it cannot reach in the data directory and the clone. */
  readonly sharedDir: string;
  readonly unprivilegedUser: () => Promise<Identity>;
}

/** Everything that is settled about one server before any lock is taken. */
export interface Place {
  readonly dataDir: string;
  readonly clusterDir: string;
  readonly lockPath: string;
  readonly passwordPath: string;
  readonly startRecordPath: string;
  readonly binaries: Binaries;
  /** The user that the server runs as; undefined where it is ourselves. */
  readonly identity: Identity | undefined;
}

/** Where the superuser's password of a data directory lies. */
export function passwordPathIn(dataDir: string): string {
  return join(dataDir, 'postgres-password');
}

export async function settle(dataDir: string, host: Host): Promise<Place> {
  await makePassable(resolve(dataDir), isRoot() ? 0o711 : 0o700);
  const real = await realpath(dataDir);
  await requireWritable(real);
  const lockPath = join(real, 'postgres.lock');
  ensureLockFile(lockPath);
  const identity = await runAs(real, host);
  const { clusterDir } = await locate(real, host.sharedDir, identity);
  requirePlainPath(clusterDir);
  return {
    dataDir: real,
    clusterDir,
    lockPath,
    passwordPath: passwordPathIn(real),
    startRecordPath: join(real, 'postgres-start.json'),
    binaries: await reachableBinaries(host.packaged, identity ? host.sharedDir : real, identity),
    identity,
  };
}

/** An existing cluster decides who runs it. */
async function runAs(dataDir: string, host: Host): Promise<Identity | undefined> {
  const root = isRoot();
  const fresh = root ? await host.unprivilegedUser() : undefined;
  const location = await locate(dataDir, host.sharedDir, fresh);
  if (!location.owner) return fresh;
  requireOwner(location, location.owner, root);
  if (!root) return undefined;
  if (!(await canReach(location.clusterDir, location.owner))) {
    throw failure(
      `the cluster ${location.clusterDir} belongs to uid ${location.owner.uid}, which may not enter a directory ` +
        'above it. Give those directories the x permission, or move the data directory',
    );
  }
  return location.owner;
}

function requireOwner({ clusterDir }: Location, owner: Identity, root: boolean): void {
  if (root && owner.uid === 0) {
    throw failure(`the cluster ${clusterDir} belongs to root, as which PostgreSQL does not run. chown it`);
  }
  if (!root && owner.uid !== process.getuid?.()) {
    throw failure(`the cluster ${clusterDir} belongs to uid ${owner.uid}. Run pushledger as that user`);
  }
}

async function requireWritable(dataDir: string): Promise<void> {
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw failure(`the data directory ${dataDir} may not be written by this user`, error);
  }
}

/** pg_ctl puts the path into a shell command, between double quotes. */
function requirePlainPath(path: string): void {
  if (/["$`\\\n]/.test(path)) {
    throw failure(
      `the path ${path} holds a character that pg_ctl cannot take; choose another data directory`,
    );
  }
}
