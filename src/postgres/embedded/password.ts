import { randomBytes } from 'node:crypto';
import { readRecord, writeRecord } from './record.ts';

/** The superuser's password; made at the first call. Called by one process at a time (lock level `start`). */
export async function ensurePassword(path: string): Promise<string> {
  const known = await readPassword(path);
  if (known) return known;
  const made = randomBytes(24).toString('hex');
  await writeRecord(path, `${made}\n`);
  return made;
}

/** The superuser's password, or undefined before the first start. */
export async function readPassword(path: string): Promise<string | undefined> {
  return (await readRecord(path))?.trim();
}
