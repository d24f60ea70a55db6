import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a directory, and those above it that are missing, with this mode, whatever our umask. */
export async function makePassable(directory: string, mode: number): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = directory; ; made = dirname(made)) {
    await chmod(made, mode);
    if (made === first) return;
  }
}
