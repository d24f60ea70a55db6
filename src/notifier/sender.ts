import type { MessageContent } from './content.ts';

/** A message as it was planned. Every attempt sends exactly this. */
export interface OutgoingMessage {
  /** Unique over all rooms. A second request with the same id is the same message. */
  readonly transactionId: string;
  readonly room: string;
  readonly content: MessageContent;
  readonly plannedAt: Date;
}

export interface Sent {
  /** What the other side calls the message. */
  readonly remoteId: string;
  /** The device that the other side remembers the transaction id for; absent where it has no such thing. */
  readonly device?: string | null;
}

/** A way out. */
export interface Sender {
  /** Whether messages to this room go this way. Messages that no sender serves wait. */
  serves(room: string): boolean;

  /** Set where each push goes out at once, as a message of its own: no windows, no edits, no limit. */
  readonly atOnce?: true;

  /** @throws SendError */
  send(message: OutgoingMessage): Promise<Sent>;

  /**
   * Looks whether the message is there already, for attempts so long ago that the other side may have forgotten the
   * transaction id. Absent where the other side never forgets, or does not remember at all.
   *
   * @throws SendError
   */
  find?(message: OutgoingMessage): Promise<Sent | null>;

  /**
   * The device that messages are sent from now. Another one than before means that the other side knows none of the
   * transaction ids that were used before. Absent where there are no devices.
   *
   * @throws SendError
   */
  device?(): Promise<string | null>;

  /** Abandons what is under way. */
  close(): Promise<void>;
}

/**
 * What to do about a message that was not sent.
 * - `transient`: try again.
 * - `final`: this message will never be taken.
 * - `unauthorized`: no message will be, until a person mends the account.
 */
export type SendErrorKind = 'transient' | 'final' | 'unauthorized';

export class SendError extends Error {
  readonly kind: SendErrorKind;
  /** The pause that the other side asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** It is the account that has sent too much, whatever the room. */
  readonly rateLimited: boolean;

  constructor(
    kind: SendErrorKind,
    message: string,
    options: { retryAfterMs?: number; rateLimited?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'SendError';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.rateLimited = options.rateLimited ?? false;
  }
}
