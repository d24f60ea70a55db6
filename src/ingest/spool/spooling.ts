import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Intake } from '../intake.ts';
import type { VerifiedDelivery } from '../verify-delivery.ts';
import { createDrainer } from './drainer.ts';
import { openSpool, type SpoolStatus } from './spool.ts';
import { createSpoolingIntake } from './spooling-intake.ts';

export interface SpoolingOptions {
  /** Of the SQLite file. */
  readonly path: string;
  readonly maxBytes: number;
  /** The store has so long for a delivery that just came, in milliseconds. */
  readonly spoolAfterMs: number;
  /** Records what waited in the spool. */
  readonly record: (delivery: VerifiedDelivery) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The spool of a process with what fills and what empties it. */
export interface Spooling {
  readonly intake: Intake;
  status(): SpoolStatus;
  /** Drains until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  close(): void;
}

export function createSpooling(options: SpoolingOptions): Spooling {
  const spool = openSpool(options);
  const drainer = createDrainer({ ...options, spool });
  return {
    intake: createSpoolingIntake({ ...options, spool, drainer }),
    status() {
      const status = spool.status();
      return { ...status, lastError: status.lastError ?? drainer.storeTrouble() };
    },
    run: (signal) => drainer.run(signal),
    close: () => spool.close(),
  };
}
