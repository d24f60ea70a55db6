import { readFile } from 'node:fs/promises';

/** What a process holds in memory now, and at most held, in MB; null where the system does not say (not Linux). */
export async function residentMemory(pid: number | undefined): Promise<{ now: number; most: number } | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const megabytes = (field: string) => {
    const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
    return Math.round(Number(kilobytes) / 1_024);
  };
  return status === '' ? null : { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
}
