import type { PushId, RunId } from '../events/ids.ts';
import { messageOf } from '../runtime/errors.ts';
import { retry } from '../runtime/retry.ts';
import type { Signals } from './deliver.ts';
import { type HandlerOptions, handleTrigger } from './handle-trigger.ts';
import { type DueTrigger, nextDue, stillDue, turnOf } from './state.ts';

export interface DispatcherOptions extends Omit<HandlerOptions, 'onProblem' | 'onDecided' | 'given'> {
  /** So many requests at once. */
  readonly concurrency: number;
  /** Told of what does not work for a repository, or null once it works again. */
  readonly onProblem: (lane: string, problem: string | null) => void;
  /** Called when a repository is done with a push, so that there may be another to dispatch. */
  readonly onRoom: () => void;
}

export interface Dispatcher {
  /**
   * Begins with what is due, oldest first, as far as there is room: one at a time of each repository, so that one that
   * fails holds up no other. Returns before they are done. Not to be called again before it has returned.
   */
  dispatch(signals: Signals): Promise<void>;
  /** Resolves when nothing is on its way any more. */
  finished(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { pool, clock, logger } = options;
  const lanes = new Map<string, Promise<void>>();
  /** Turns whose outcome is known here, but has not come back from the log: not to be begun again. */
  const handled = new Set<string>();
  const given = new Map<RunId, PushId>();

  /** Never rejects. */
  async function work(trigger: DueTrigger, signals: Signals): Promise<void> {
    const { lane, pushId } = trigger;
    const turn = turnOf(trigger);
    const onProblem = (problem: string | null) => options.onProblem(lane, problem);
    const onDecided = () => handled.add(turn);
    try {
      await retry(() => handleTrigger(trigger, { ...options, given, onProblem, onDecided }, signals), {
        clock,
        signal: signals.stop,
        policy: options.backoff,
        isRetryable: () => !handled.has(turn),
        onFailure: (error, attempt, pauseMs) => {
          onProblem(messageOf(error));
          logger.warn({ err: error, pushId, attempt, pauseMs }, 'triggering a push begins again');
        },
      });
    } catch (error) {
      if (!signals.stop.aborted)
        logger.error({ err: error, pushId }, 'what a push triggered is not in the log');
    }
  }

  async function forget(): Promise<void> {
    const asked = [...handled];
    if (asked.length > 0) {
      const due = await stillDue(pool, asked);
      for (const turn of asked) if (!due.has(turn)) handled.delete(turn);
    }
    if (handled.size === 0) given.clear();
  }

  return {
    async dispatch(signals) {
      await forget();
      while (lanes.size < options.concurrency && !signals.stop.aborted) {
        const since = new Date(clock.now().getTime() - options.maxAgeMs);
        const trigger = await nextDue(pool, { since, lanes: lanes.keys(), turns: handled });
        if (!trigger) return;
        const done = work(trigger, signals).finally(() => {
          lanes.delete(trigger.lane);
          options.onRoom();
        });
        lanes.set(trigger.lane, done);
      }
    },
    async finished() {
      await Promise.all(lanes.values());
    },
  };
}
