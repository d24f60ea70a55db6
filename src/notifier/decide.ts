import { type MessageId, messageIdOf, type PushId } from '../events/ids.ts';
import type { PushReceived } from '../events/push-received.ts';

/** A message that should exist. */
export interface MessageToPlan {
  readonly messageId: MessageId;
  readonly version: number;
  readonly room: string;
  readonly pushIds: readonly [PushId];
  readonly push: PushReceived;
}

export interface DecideOptions {
  readonly room: string;
  readonly now: Date;
  /** A push that was received longer ago is no news any more, in milliseconds. */
  readonly maxAgeMs: number;
}

/** Which messages the due pushes make: one each. */
export function decide(due: readonly PushReceived[], options: DecideOptions): MessageToPlan[] {
  const oldest = oldestAnnounced(options.now, options.maxAgeMs);
  return due
    .filter((push) => push.ignored === null && new Date(push.receivedAt) >= oldest)
    .map((push) => ({
      messageId: messageIdOf(options.room, push.pushId),
      version: 1,
      room: options.room,
      pushIds: [push.pushId],
      push,
    }));
}

/** Pushes received before this time are not announced. */
export function oldestAnnounced(now: Date, maxAgeMs: number): Date {
  return new Date(now.getTime() - maxAgeMs);
}
