import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './failure.ts';
import { readRecord } from './record.ts';
import { run } from './run.ts';

export interface Postmaster {
  readonly pid: number;
  /** Undefined while the server has not come so far. */
  readonly port: number | undefined;
}

export const pidFileName = 'postmaster.pid';

/**
 * What the server wrote about itself, whether or not it still lives.
 * Lines: pid, directory, start time, port, … (https://www.postgresql.org/docs/18/storage-file-layout.html).
 */
export async function readPostmaster(clusterDir: string): Promise<Postmaster | undefined> {
  const lines = (await readRecord(join(clusterDir, pidFileName)))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]) || undefined };
}

/** A zombie counts as dead: in a container whose first process reaps none, a killed server stays one for ever. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch (error) {
    return !hasCode(error, 'ENOENT', 'ESRCH');
  }
}

/**
 * Whether the process is a server of this cluster, and not one that got the number of a dead server. Where this
 * cannot be told apart (no /proc), any PostgreSQL counts, because two servers on one cluster would destroy it.
 */
export async function serves(pid: number, clusterDir: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  if (process.platform !== 'linux')
    return (await run('ps', ['-o', 'comm=', '-p', `${pid}`])).output.includes('postgres');
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === clusterDir;
  } catch (error) {
    // Another user's process is none of ours: the server runs as the cluster's owner, which is us, or we are root.
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return false;
    throw error;
  }
}
