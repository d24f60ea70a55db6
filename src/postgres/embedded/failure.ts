import { CodedError, messageOf } from '../../runtime/errors.ts';

export function failure(detail: string, cause?: unknown): CodedError {
  return new CodedError('EMBEDDED_POSTGRES_FAILED', detail, cause === undefined ? undefined : { cause });
}

/** Anything that was thrown, as an error that says where it came from. An aborted signal's reason stays as it is. */
export function asFailure(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof CodedError || (signal.aborted && error === signal.reason)) return error;
  return failure(messageOf(error), error);
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
