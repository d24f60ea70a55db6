import type { PushId } from '../events/ids.ts';

/** Which pushes are asked for: those that fit everything that is given. */
export interface PushFilter {
  /** `owner/name`, in any case. */
  readonly repository?: string;
  readonly branch?: string;
  /** The login of who pushed, in any case. */
  readonly pusher?: string;
  /** Name, e-mail address or login of an author of a commit, in any case. */
  readonly author?: string;
  /** The beginning of a commit id, at least `minCommitDigits` hex digits. */
  readonly commit?: string;
  /** Words of commit messages, as a search engine takes them. */
  readonly text?: string;
  /** Only those that nobody is told of, or only the others. */
  readonly ignored?: boolean;
  readonly since?: Date;
  /** Exclusive. */
  readonly until?: Date;
  /** Go on behind this push. */
  readonly cursor?: Cursor;
  readonly limit: number;
}

/** A place in the list, which is newest first. Stays the same while pushes come in. */
export interface Cursor {
  readonly receivedAt: Date;
  readonly pushId: PushId;
}

/** What the index of commit ids holds of each. */
export const minCommitDigits = 7;
