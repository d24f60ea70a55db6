import type { BucketFacts } from './bucket.ts';
import type { OpenMessage } from './open-message.ts';
import type { DuePush } from './place-due.ts';

/** All that decides which messages are due. It follows from the log, the configuration and the clock. */
export interface Situation {
  readonly now: Date;
  /** The oldest first. */
  readonly due: readonly DuePush[];
  /** The message that a repository's last window in a room opened with. */
  readonly windowOf: (room: string, repository: string) => OpenMessage | null;
  /** Messages of which a push was enriched since their last version. */
  readonly refreshes: readonly OpenMessage[];
  /** Messages that are planned and not sent, in limited rooms. */
  readonly pending: readonly { readonly room: string; readonly plannedAt: Date }[];
  readonly bucket: Omit<BucketFacts, 'pending'>;
  /** Rooms that know neither windows nor limits: the console. */
  readonly isAtOnce: (room: string) => boolean;
}
