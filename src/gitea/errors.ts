import { CodedError } from '../runtime/errors.ts';

export type GiteaErrorReason =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'refused'
  | 'rate-limited'
  | 'redirected'
  | 'server-error'
  | 'not-json'
  | 'unexpected-answer'
  | 'timed-out'
  | 'unreachable'
  | 'aborted';

/** Why Gitea did not do what it was asked, in a form that a caller can decide by. */
export class GiteaError extends CodedError {
  readonly reason: GiteaErrorReason;
  /** The status of Gitea's answer, null when there was none. */
  readonly httpStatus: number | null;
  /** The pause that the answer asked for (`Retry-After`), in milliseconds. */
  readonly retryAfterMs: number | null;

  constructor(
    reason: GiteaErrorReason,
    detail: string,
    httpStatus: number | null,
    retryAfterMs: number | null = null,
  ) {
    super('GITEA_REJECTED', detail);
    this.name = 'GiteaError';
    this.reason = reason;
    this.httpStatus = httpStatus;
    this.retryAfterMs = retryAfterMs;
  }
}
