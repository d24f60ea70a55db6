import { messageOf } from '../runtime/errors.ts';
import { outsideText } from './outside-text.ts';
import { SendError, type SendErrorKind } from './sender.ts';

/** What the SDK's errors have in common, read without importing the SDK. */
interface HttpFailure {
  readonly httpStatus?: unknown;
  readonly errcode?: unknown;
  readonly data?: { readonly error?: unknown };
  getRetryAfterMs?(): number | null;
}

/** The account, not the message, is what the homeserver refuses. */
const accountErrors = new Set([
  'M_UNKNOWN_TOKEN',
  'M_MISSING_TOKEN',
  'M_USER_DEACTIVATED',
  'M_USER_LOCKED',
  'M_USER_SUSPENDED',
  'M_CONSENT_NOT_GIVEN',
]);

/** Refusals with a 4xx status that pass, or that mean the server and not the message. */
const passingErrors = new Set(['M_LIMIT_EXCEEDED', 'M_RESOURCE_LIMIT_EXCEEDED', 'M_UNRECOGNIZED']);

const maxDescription = 300;

/**
 * Anything that a request threw, as the decision what to do next.
 *
 * @param token that no description may hold: some servers quote what they were sent
 */
export function toSendError(error: unknown, token?: string): SendError {
  if (error instanceof SendError) return error;
  const kind = kindOf(error);
  const retryAfterMs = retryAfterOf(error);
  return new SendError(kind, describe(error, token), {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    rateLimited: errcodeOf(error) === 'M_LIMIT_EXCEEDED',
  });
}

export function errcodeOf(error: unknown): string | null {
  const { errcode } = failureOf(error);
  return typeof errcode === 'string' ? errcode : null;
}

function kindOf(error: unknown): SendErrorKind {
  const { httpStatus } = failureOf(error);
  const errcode = errcodeOf(error);
  if (httpStatus === 401 || (errcode !== null && accountErrors.has(errcode))) return 'unauthorized';
  // Without an errcode it was not the homeserver that answered, but a proxy before it or nobody at all.
  if (errcode === null || typeof httpStatus !== 'number' || passingErrors.has(errcode)) return 'transient';
  return httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 && httpStatus !== 429
    ? 'final'
    : 'transient';
}

function retryAfterOf(error: unknown): number | undefined {
  try {
    const ms = failureOf(error).getRetryAfterMs?.();
    return typeof ms === 'number' && Number.isFinite(ms) && ms > 0 ? ms : undefined;
  } catch {
    // The SDK throws for a Retry-After that is no date and no number: then there is none.
    return undefined;
  }
}

/** For a person, and for the log of events: the words are the server's, so they are cleaned. */
function describe(error: unknown, token?: string): string {
  const { httpStatus, data } = failureOf(error);
  const errcode = errcodeOf(error);
  if (errcode !== null)
    return outsideText(
      hidden(`${errcode} (HTTP ${httpStatus}): ${data?.error ?? ''}`, token),
      maxDescription,
    );
  const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : '';
  return outsideText(hidden(`${messageOf(error)}${cause}`, token), maxDescription);
}

/** Before it is cut, so that no part of it stays. */
function hidden(text: string, token: string | undefined): string {
  return token ? text.replaceAll(token, '[secret]') : text;
}

function failureOf(error: unknown): HttpFailure {
  return typeof error === 'object' && error !== null ? error : {};
}
