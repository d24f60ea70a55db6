import type { AuditKey } from '../../../src/audit/audit-key.ts';
import { maxSealDelayMs } from '../../../src/audit/pending-seal.ts';
import { runSealer } from '../../../src/audit/sealer.ts';
import { findLastSeal, type Seal } from '../../../src/audit/seals.ts';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { until } from '../../support/condition.ts';
import { auditKey } from './keys.ts';

/** Late enough for everything that is in the log to be sealed. */
export const lateClock: Clock = {
  now: () => new Date(Date.now() + maxSealDelayMs + 1_000),
  sleep: systemClock.sleep,
};

/** Runs a sealer until it has sealed all that is in the log now, and says what it wrote last. */
export async function sealAll(store: EventStore, key: AuditKey = auditKey()): Promise<Seal> {
  const before = await findLastSeal(store);
  const stop = new AbortController();
  const running = runSealer({
    store,
    key,
    clock: lateClock,
    logger: createLogger('silent'),
    signal: stop.signal,
  });
  try {
    return await until('a seal', async () => {
      const last = await findLastSeal(store);
      return last !== null && last.sequence > (before?.sequence ?? 0) ? last : null;
    });
  } finally {
    stop.abort();
    await running;
  }
}
