/**
 * What to do about a push that was not triggered.
 * - `unanswered`: try again. Nobody answered, or one who says that the engine cannot.
 * - `busy`: try again, later. The engine works, but does not want this now.
 * - `unauthorized`: try again, much later; nothing will be taken until a person mends the token.
 * - `final`: this one will never be taken.
 * - `expired`: it has become too old while it waited.
 */
export type TriggerErrorKind = 'unanswered' | 'busy' | 'unauthorized' | 'final' | 'expired';

export class TriggerError extends Error {
  readonly kind: TriggerErrorKind;
  /** The pause that the other side asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: TriggerErrorKind,
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'TriggerError';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export function kindOf(error: unknown): TriggerErrorKind {
  return error instanceof TriggerError ? error.kind : 'unanswered';
}
