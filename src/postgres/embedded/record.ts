import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from './failure.ts';
import { isRoot } from './identity.ts';

/** The text of a small file, or undefined when there is none. */
export async function readRecord(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Writes a small file, whole or not at all, even when the power fails. The new name and the rename also keep root
 * from writing through a symbolic link that the server's user put there. Written by root, the file belongs to the
 * directory's owner: one command under sudo must not shut an ordinary user out of its own data.
 */
export async function writeRecord(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    const owner = await stat(dirname(path));
    if (isRoot()) await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes a rename within `directory` survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
