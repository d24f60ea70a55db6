import { readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { readRecord, writeRecord } from './record.ts';

/** How the cluster was last started. */
export interface StartRecord {
  readonly port: number;
  /** Where; see `thisHost`. */
  readonly host: string;
}

const schema = z.object({ port: z.int().min(1).max(65_535), host: z.string() });

export async function readStartRecord(path: string): Promise<StartRecord | undefined> {
  const text = await readRecord(path);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}

export async function writeStartRecord(path: string, record: StartRecord): Promise<void> {
  await writeRecord(path, JSON.stringify(record));
}

/**
 * Names the world in which a pid means something. Two containers with one volume do not see each other's processes:
 * to each the other's living server looks dead.
 */
export async function thisHost(): Promise<string> {
  if (process.platform !== 'linux') return hostname();
  return `${hostname()} ${await readlink('/proc/self/ns/pid')}`;
}
