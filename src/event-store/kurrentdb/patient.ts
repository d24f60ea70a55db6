import type { Clock } from '../../runtime/clock.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { backoffMs } from '../../runtime/retry.ts';
import type { Connection } from './connection.ts';
import { failureOf, isPassing, NoAnswer } from './failures.ts';
import type { StoreClient } from './store-client.ts';
import { within } from './within.ts';

export interface Patience {
  /** Names the call in messages: `an append to stream …`. */
  readonly what: string;
  /** After so many milliseconds it is given up. */
  readonly timeoutMs: number;
}

const pausePolicy = { firstMs: 25, maxMs: 500 };
/** One try gets this part of the time, so that a node that says nothing leaves time for another one. */
const shareOfOneTry = 0.5;
const leastMsOfOneTry = 100;

/**
 * Makes a call that may be made again, until it succeeds, fails for good or has taken its time.
 *
 * @param call gets how many milliseconds it has
 * @throws CodedError STORE_UNAVAILABLE; `context.refused` is true when the store will never take this very call
 */
export async function callPatiently<T>(
  { connection, clock, logger }: { connection: Connection; clock: Clock; logger: Logger },
  { what, timeoutMs }: Patience,
  call: (client: StoreClient, deadlineMs: number) => Promise<T>,
): Promise<T> {
  const end = clock.now().getTime() + timeoutMs;
  let reason: string | null = null;
  for (let attempt = 1; ; attempt++) {
    const leftMs = end - clock.now().getTime();
    const share = Math.max(leastMsOfOneTry, timeoutMs * shareOfOneTry);
    // A pause may have taken longer than it should; the last try still gets a moment.
    const deadlineMs = Math.max(1, Math.round(Math.min(leftMs, share)));
    try {
      return await connection.run((client) => within(clock, deadlineMs, what, call(client, deadlineMs)));
    } catch (error) {
      if (error instanceof CodedError) throw error;
      const failure = failureOf(error);
      // That the last, short try got no answer says less than what an earlier one was told.
      reason = error instanceof NoAnswer ? (reason ?? failure.detail) : failure.detail;
      const pauseMs = backoffMs(attempt, pausePolicy, Math.random());
      const timeIsOver = clock.now().getTime() + pauseMs >= end;
      if (!isPassing(failure) || timeIsOver) {
        const given = isPassing(failure) ? ` was given up after ${timeoutMs} ms and ${attempt} tries` : '';
        const context = { refused: failure.kind === 'refused' };
        throw new CodedError('STORE_UNAVAILABLE', `${what}${given}: ${reason}`, {
          cause: error,
          context,
        });
      }
      logger.debug({ err: error, attempt, pauseMs }, `${what} failed and is tried again`);
      await clock.sleep(pauseMs);
    }
  }
}
