import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { Clock } from '../runtime/clock.ts';
import { type BackoffPolicy, backoffMs } from '../runtime/retry.ts';
import { kindOf, TriggerError } from './trigger-error.ts';

export interface GateOptions {
  readonly clock: Clock;
  /** So many requests in a row without a proper answer open the breaker. */
  readonly threshold?: number;
  /** How long it stays open, again and again while the engine stays away. */
  readonly openFor?: BackoffPolicy;
  /** Between requests while the token is refused, in milliseconds. */
  readonly unauthorizedPauseMs?: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * What stands before dag_engine, for all repositories together: while it is away one request now and then asks whether
 * it is back, and while it wants to be left alone nobody asks.
 */
export interface Gate {
  /**
   * Does the task as soon as that makes sense.
   *
   * @param stillWanted called before each try to get through; what it throws ends the wait
   * @throws what the task throws, or the signal's reason
   */
  through<T>(task: () => Promise<T>, signal: AbortSignal, stillWanted?: () => void): Promise<T>;
  state(): BreakerState;
}

const defaultThreshold = 5;
const defaultOpenFor: BackoffPolicy = { firstMs: 5_000, maxMs: 60_000 };
const defaultUnauthorizedPauseMs = 5 * 60_000;
/** The breaker has a clock of its own, which may be a little behind ours. In milliseconds. */
const marginMs = 20;

export function createGate(options: GateOptions): Gate {
  const { clock, threshold = defaultThreshold, openFor = defaultOpenFor } = options;
  const { unauthorizedPauseMs = defaultUnauthorizedPauseMs } = options;
  let pausedUntil = 0;
  let openUntil = 0;

  /** The breaker asks for the pause when it opens: the first time, and each time that its trial failed. */
  const pause = (times: number): IBackoff<unknown> => {
    const duration = backoffMs(times, openFor, Math.random());
    openUntil = clock.now().getTime() + duration;
    return { duration, next: () => pause(times + 1) };
  };
  const breaker = circuitBreaker(
    // Whoever refuses a request is there.
    handleWhen((error) => kindOf(error) === 'unanswered'),
    { breaker: new ConsecutiveBreaker(threshold), halfOpenAfter: { next: () => pause(1) } },
  );

  async function attempt<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      const pauseMs = pauseAfter(error);
      if (pauseMs > 0) pausedUntil = Math.max(pausedUntil, clock.now().getTime() + pauseMs);
      throw error;
    }
  }

  function pauseAfter(error: unknown): number {
    if (!(error instanceof TriggerError)) return 0;
    return Math.max(error.retryAfterMs ?? 0, error.kind === 'unauthorized' ? unauthorizedPauseMs : 0);
  }

  return {
    async through(task, signal, stillWanted) {
      for (;;) {
        await waitUntil(() => pausedUntil, clock, signal);
        signal.throwIfAborted();
        stillWanted?.();
        try {
          return await breaker.execute(() => attempt(task));
        } catch (error) {
          if (!(error instanceof BrokenCircuitError)) throw error;
          const ms = openUntil - clock.now().getTime();
          await clock.sleep(Math.max(ms, 0) + marginMs, signal);
        }
      }
    },
    state: () => names[breaker.state],
  };
}

const names: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  // By hand only, which nobody does.
  [CircuitState.Isolated]: 'open',
};

/** Another repository's request may have moved it meanwhile. */
async function waitUntil(time: () => number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const ms = time() - clock.now().getTime();
    if (ms <= 0) return;
    await clock.sleep(ms, signal);
  }
}
