import { symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { hasCode } from './failure.ts';
import { readRecord } from './record.ts';

const listed = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * npm packages cannot hold symbolic links: the package lists those of its libraries, and its install script makes
 * them. Makes them where that script was not allowed to run.
 *
 * @returns false when the package may not be written
 */
export async function hydrateSymlinks(packageDir: string): Promise<boolean> {
  const links = listed.parse(
    JSON.parse((await readRecord(join(packageDir, 'native/pg-symlinks.json'))) ?? '[]'),
  );
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(packageDir, target));
    } catch (error) {
      if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return false;
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
  return true;
}
