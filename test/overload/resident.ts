import { readFileSync } from 'node:fs';
import type { Instance } from '../chaos/instance.ts';

/** Looks at the resident memory of a process four times a second. */
export function watchResident(service: Instance): { most(): number; stop(): void } {
  let most = 0;
  const look = setInterval(() => {
    const pid = service.pid();
    if (pid !== null) most = Math.max(most, residentOf(pid));
  }, 250);
  return { most: () => most, stop: () => clearInterval(look) };
}

/** In MiB; 0 where the process has just ended. */
function residentOf(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
