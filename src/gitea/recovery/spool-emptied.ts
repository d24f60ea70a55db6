import type { Clock } from '../../runtime/clock.ts';

/** A spool that is not empty by then is not waited for, in milliseconds. */
const patienceMs = 60_000;
const lookMs = 500;

export interface SpoolPatience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How many deliveries wait; null where that cannot be told. */
  readonly spooled: () => number | null;
}

/** What waits in the spool has arrived, so it is not missed. False when it is not empty in time. */
export async function spoolEmptied({ clock, signal, spooled }: SpoolPatience): Promise<boolean> {
  for (let waited = 0; (spooled() ?? 0) > 0; waited += lookMs) {
    if (waited >= patienceMs) return false;
    await clock.sleep(lookMs, signal);
  }
  return true;
}
