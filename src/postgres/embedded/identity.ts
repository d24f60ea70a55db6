import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The user that the server runs as where we are root. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Whether `identity`, without further groups, may enter a directory or execute a file of this mode and owner. */
export function mayExecute(file: Pick<Stats, 'uid' | 'gid' | 'mode'>, identity: Identity): boolean {
  if (file.uid === identity.uid) return (file.mode & 0o100) !== 0;
  if (file.gid === identity.gid) return (file.mode & 0o010) !== 0;
  return (file.mode & 0o001) !== 0;
}

/** Whether `identity` may enter (or execute) `path`, a real path, and every directory above it. */
export async function canReach(path: string, identity: Identity): Promise<boolean> {
  if (!mayExecute(await stat(path), identity)) return false;
  const parent = dirname(path);
  return parent === path ? true : canReach(parent, identity);
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
