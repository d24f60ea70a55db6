import type { BucketRules } from './bucket.ts';

/** How pushes become messages. */
export interface WindowRules extends BucketRules {
  /** How long a message takes further pushes of its repositories, in milliseconds; 0: each push is a message. */
  readonly windowMs: number;
  /** No message is edited more often than this, in milliseconds. */
  readonly editIntervalMs: number;
  /** `edit`: the first push at once, the others by editing. `digest`: all of them when the window ends. */
  readonly mode: 'edit' | 'digest';
}

/** Of Synapse's default limit (`rc_message`), in one message a repository, room and minute. */
export const defaultWindowRules: WindowRules = {
  windowMs: 60_000,
  editIntervalMs: 5_000,
  mode: 'edit',
  rate: 0.2,
  burst: 10,
};

/** A message that names more would be too large to be read, and in the end to be sent. */
export const maxPushesInMessage = 100;

/** So much of the burst is left for new messages; edits that can wait do. */
export function reserveOf({ burst }: BucketRules): number {
  return Math.floor(burst * 0.3);
}
