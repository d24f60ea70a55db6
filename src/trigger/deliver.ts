import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type BackoffPolicy, retry } from '../runtime/retry.ts';
import type { Accepted, DagEngine } from './dag-engine.ts';
import type { Gate } from './gate.ts';
import type { RunRequest } from './run-request.ts';
import { kindOf, TriggerError } from './trigger-error.ts';

export interface DeliverOptions {
  readonly engine: DagEngine;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backoff: BackoffPolicy;
  /** Told of what does not work, or null once it works again. */
  readonly onProblem: (problem: string | null) => void;
}

export interface Signals {
  /** Nothing new is begun. */
  readonly stop: AbortSignal;
  /** What is under way is abandoned. */
  readonly abandon: AbortSignal;
}

export type Delivery = { readonly attempts: number; readonly startedAt: Date } & (
  | { readonly outcome: 'accepted'; readonly accepted: Accepted }
  | { readonly outcome: 'failed'; readonly reason: string }
  | { readonly outcome: 'expired' }
);

/**
 * Asks for a run until dag_engine says yes or no, or until it is too late.
 *
 * @param expiresAt when nobody wants it any more
 * @throws the reason of a signal that aborted first; the outcome is then unknown, and the next process asks again
 */
export async function deliver(
  request: RunRequest,
  expiresAt: Date,
  options: DeliverOptions,
  signals: Signals,
): Promise<Delivery> {
  const { engine, gate, clock, logger, onProblem } = options;
  const startedAt = clock.now();
  let attempts = 0;
  const attempt = () => {
    attempts++;
    return engine.trigger(request, signals.abandon);
  };
  const stillWanted = () => {
    if (clock.now() > expiresAt) throw new TriggerError('expired', 'too old by now');
  };
  try {
    const accepted = await retry(() => gate.through(attempt, signals.stop, stillWanted), {
      clock,
      signal: signals.stop,
      policy: options.backoff,
      isRetryable: (error) => !isOver(error),
      requestedPauseMs: (error) => (error instanceof TriggerError ? error.retryAfterMs : undefined),
      onFailure: (error, failures, pauseMs) => {
        onProblem(messageOf(error));
        const details = { err: error, pushId: request.run.push_id, attempt: failures, pauseMs };
        if (kindOf(error) === 'unauthorized')
          logger.error(
            details,
            'dag_engine refuses DAG_ENGINE_TOKEN; nothing is triggered until it is mended',
          );
        else logger.warn(details, 'a push did not trigger its DAG and is tried again');
      },
    });
    onProblem(null);
    return { outcome: 'accepted', accepted, attempts, startedAt };
  } catch (error) {
    if (!isOver(error)) throw error;
    onProblem(null);
    return kindOf(error) === 'expired'
      ? { outcome: 'expired', attempts, startedAt }
      : { outcome: 'failed', reason: messageOf(error), attempts, startedAt };
  }
}

function isOver(error: unknown): boolean {
  return kindOf(error) === 'final' || kindOf(error) === 'expired';
}
