import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type BackoffPolicy, retry } from '../runtime/retry.ts';
import type { SentOutcome } from './drafts.ts';
import type { Problems } from './problems.ts';
import { SendError, type Sender, type Sent } from './sender.ts';
import type { PlannedMessage } from './state.ts';

/**
 * Homeservers forget transaction ids, the quickest after 30 minutes. A message that may have been sent longer ago
 * than this is looked for in its room first. In milliseconds.
 */
const searchAfterMs = 15 * 60_000;

/** A homeserver's word about one room holds up the others of the account no longer than this, in milliseconds. */
export const longestSharedPauseMs = 5 * 60_000;
const maxJitterMs = 1_000;

export interface AttemptOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly problems: Problems;
  readonly backoff: BackoffPolicy;
  /** Between attempts while the account is refused, in milliseconds. */
  readonly unauthorizedPauseMs: number;
  /** Called when the account has sent too much: it may send again then. */
  readonly onRateLimited: (until: Date) => void;
}

/** A way out, and until when nothing is to go there since the account was refused (milliseconds of the clock). */
export interface Route {
  readonly sender: Sender;
  pausedUntil: number;
  /** What was planned before may have been sent from a device that the other side knows no more; null: nothing was. */
  readonly otherDeviceUntil: () => Promise<Date | null>;
}

export interface Signals {
  /** Nothing new is begun. */
  readonly stop: AbortSignal;
  /** What is under way is abandoned. */
  readonly abandon: AbortSignal;
}

export type Delivery =
  | ({ readonly outcome: 'sent' } & SentOutcome)
  | {
      readonly outcome: 'failed';
      readonly reason: string;
      readonly attempts: number;
      readonly failedAt: Date;
    };

/**
 * Sends a message, however long that takes.
 *
 * @throws the reason of a signal that aborted first; the outcome is then unknown, and the next process sends again
 */
export async function deliver(
  message: PlannedMessage,
  route: Route,
  options: AttemptOptions,
  signals: Signals,
): Promise<Delivery> {
  const { clock, logger, problems } = options;
  const startedAt = clock.now();
  const place = `room ${message.room}`;
  let attempts = 0;
  try {
    const { remoteId, device = null } = await retry(
      async () => {
        await waitUntil(route, options, signals.stop);
        attempts++;
        return unlessAborted(sendOrFind(message, route, clock.now()), signals.abandon);
      },
      {
        clock,
        signal: signals.stop,
        policy: options.backoff,
        isRetryable: (error) => kindOf(error) !== 'final',
        requestedPauseMs: (error) => requestedPause(error, options),
        onFailure: (error, attempt, pauseMs) => {
          const details = {
            err: error,
            room: message.room,
            transactionId: message.transactionId,
            attempt,
            pauseMs,
          };
          problems.set(place, messageOf(error));
          if (error instanceof SendError && error.rateLimited) {
            const until = new Date(clock.now().getTime() + Math.min(pauseMs, longestSharedPauseMs));
            route.pausedUntil = Math.max(route.pausedUntil, until.getTime());
            options.onRateLimited(until);
          }
          if (kindOf(error) !== 'unauthorized') {
            logger.warn(details, 'a message was not sent and is tried again');
            return;
          }
          route.pausedUntil = clock.now().getTime() + options.unauthorizedPauseMs;
          logger.error(details, 'the account of the notifier is refused; nothing is sent until it is mended');
        },
      },
    );
    problems.clear(place);
    return { outcome: 'sent', remoteId, device, attempts, startedAt, sentAt: clock.now() };
  } catch (error) {
    if (kindOf(error) !== 'final') throw error;
    problems.clear(place);
    return { outcome: 'failed', reason: messageOf(error), attempts, failedAt: clock.now() };
  }
}

async function sendOrFind(message: PlannedMessage, route: Route, now: Date): Promise<Sent> {
  const { sender } = route;
  const forgottenUntil = await route.otherDeviceUntil();
  const forgotten =
    now.getTime() - message.plannedAt.getTime() > searchAfterMs ||
    (forgottenUntil !== null && message.plannedAt < forgottenUntil);
  const found = forgotten ? await sender.find?.(message) : null;
  return found ?? (await sender.send(message));
}

/** Another room's message may have found the account refused meanwhile. */
async function waitUntil(route: Route, options: AttemptOptions, signal: AbortSignal): Promise<void> {
  const { clock, unauthorizedPauseMs } = options;
  for (;;) {
    const ms = route.pausedUntil - clock.now().getTime();
    // Nobody asked for a longer pause: the clock was set back since.
    if (ms <= 0 || ms > Math.max(longestSharedPauseMs, unauthorizedPauseMs)) return;
    await clock.sleep(ms, signal);
  }
}

function requestedPause(error: unknown, options: AttemptOptions): number | undefined {
  if (!(error instanceof SendError)) return undefined;
  if (error.kind === 'unauthorized') return options.unauthorizedPauseMs;
  if (error.retryAfterMs === undefined) return undefined;
  // Added, so that rooms and processes that were told the same do not come back at once.
  return error.retryAfterMs + Math.round(Math.random() * Math.min(maxJitterMs, error.retryAfterMs / 10));
}

function kindOf(error: unknown): SendError['kind'] {
  return error instanceof SendError ? error.kind : 'transient';
}

/** What the promise gives, or the signal's reason when it aborts first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = () => reject(signal.reason);
    if (signal.aborted) abandon();
    signal.addEventListener('abort', abandon, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}
