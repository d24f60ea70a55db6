import { type FollowLogOptions, followLog } from './follow-log.ts';
import type { Subscriber } from './subscriber.ts';
import { takePage } from './take-page.ts';

export interface RunSubscriberOptions
  extends Omit<FollowLogOptions, 'name' | 'prepare' | 'handle' | 'onCaughtUp'> {
  readonly subscriber: Subscriber;
}

/**
 * Follows the log with a subscriber, each page in one transaction with the checkpoint. Events that it cannot take are
 * parked.
 */
export function runSubscriber(options: RunSubscriberOptions): Promise<void> {
  const { subscriber } = options;
  return followLog({
    ...options,
    name: subscriber.name,
    handle: (from, events) => takePage(options, subscriber, from, events),
    onCaughtUp: () => subscriber.onCaughtUp?.(),
  });
}
