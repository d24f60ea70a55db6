import type { Clock } from '../../runtime/clock.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Intake } from '../intake.ts';
import type { Drainer } from './drainer.ts';
import { createLanes } from './lanes.ts';
import { isPassing, waitForStore } from './patience.ts';
import type { Spool } from './spool.ts';

export interface SpoolingIntakeOptions {
  readonly spool: Spool;
  readonly drainer: Drainer;
  /** The store has so long, in milliseconds from the arrival of a delivery. */
  readonly spoolAfterMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** For so long a spool that was empty is taken to be so still, in milliseconds. */
const emptyForMs = 50;

/**
 * Gives a delivery to the event store or, when that does not take it in time, to the spool.
 *
 * Deliveries of one repository go one after another: a delivery whose append has no answer is in the spool before
 * the next one is looked at, which then waits behind it. Were both on their way to the store at once, the store
 * could come back just in time for the second one only.
 */
export function createSpoolingIntake(options: SpoolingIntakeOptions): Intake {
  const { spool, drainer, clock, logger } = options;
  const lanes = createLanes();
  /** When nothing at all was seen to wait in the spool. */
  let emptyAt = Number.NEGATIVE_INFINITY;

  /** While its file is in trouble the spool is no reason to pass over the store. */
  function mustWait(repository: string): boolean {
    try {
      if (drainer.storeTrouble() !== null && spool.state() === 'ok') return true;
      return !isEmpty() && drainer.holds(repository);
    } catch {
      return false;
    }
  }

  /**
   * What we put there ourselves is known at once, and what another process does soon: to look into the file for each
   * delivery would take a twentieth of all its time.
   */
  function isEmpty(): boolean {
    const now = clock.now().getTime();
    if (now - emptyAt < emptyForMs) return true;
    if (spool.repositories(1).length > 0) return false;
    emptyAt = now;
    return true;
  }

  return {
    take({ key, fullName }, prepare) {
      const until = clock.now().getTime() + options.spoolAfterMs;
      return lanes.run(key, async () => {
        const { delivery, record } = await prepare();
        let storeError: unknown = null;
        const leftMs = until - clock.now().getTime();
        if (leftMs > 0 && !mustWait(key)) {
          try {
            const recorded = await waitForStore(clock, leftMs, record());
            drainer.storeWorks();
            return recorded;
          } catch (error) {
            storeError = error;
            logger.debug(
              { err: error, deliveryId: delivery.deliveryId },
              'the store did not take a delivery',
            );
          }
        }
        try {
          // Also what the store refuses for good: Gitea does not send it again, and parked it is seen.
          await spool.put({ repository: { key, fullName }, delivery });
          // Only now: while it was on its way to the file, that could still be seen to be empty.
          emptyAt = Number.NEGATIVE_INFINITY;
        } catch (spoolError) {
          throw storeError ? bothFailed(storeError, spoolError) : spoolError;
        }
        if (storeError && isPassing(storeError)) drainer.storeFailed(storeError);
        drainer.wake();
        return { status: 'spooled', deliveryId: delivery.deliveryId };
      });
    },
  };
}

function bothFailed(storeError: unknown, spoolError: unknown): CodedError {
  const ofSpool = spoolError instanceof CodedError ? spoolError.detail : messageOf(spoolError);
  const detail = `${messageOf(storeError)}; the spool: ${ofSpool}`;
  return new CodedError('SPOOL_UNAVAILABLE', detail, { cause: spoolError });
}
