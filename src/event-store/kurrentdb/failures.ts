import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { messageOf } from '../../runtime/errors.ts';
import type { Endpoint } from './connection-string.ts';

/**
 * What a failed call means for the next one.
 * - `busy`: the node is there and cannot do it now; the same again in a while.
 * - `unreachable`: no answer, or none that can be trusted; the same again over another connection.
 * - `not-leader`: the same again at the leader, where the node named one.
 * - `denied`: the credentials are wrong; trying again changes nothing.
 * - `refused`: this very request will never be taken.
 */
export type Failure =
  | { readonly kind: 'busy' | 'unreachable' | 'denied' | 'refused'; readonly detail: string }
  | { readonly kind: 'not-leader'; readonly leader: Endpoint | null; readonly detail: string };

/** Thrown by this adapter when a call had no answer in its time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The server names what went wrong in this trailer, where it does. */
const exceptionKey = 'exception';

/** Some failures that pass come as UNKNOWN, told apart only by their text (seen on 23.10 to 26.1). */
const tooLarge = /maximum append size/i;

export function failureOf(error: unknown): Failure {
  const detail = messageOf(error);
  if (!isServiceError(error)) return { kind: 'unreachable', detail };
  switch (trailerOf(error, exceptionKey)) {
    case 'not-leader':
      return { kind: 'not-leader', leader: leaderOf(error), detail };
    case 'access-denied':
      return { kind: 'denied', detail };
    case 'maximum-append-size-exceeded':
    case 'stream-deleted':
    case 'invalid-transaction':
    case 'missing-required-metadata-property':
      return { kind: 'refused', detail };
  }
  switch (error.code) {
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return { kind: 'denied', detail };
    case status.INVALID_ARGUMENT:
    case status.FAILED_PRECONDITION:
    case status.OUT_OF_RANGE:
    case status.UNIMPLEMENTED:
      return { kind: 'refused', detail };
    case status.RESOURCE_EXHAUSTED:
      return { kind: 'busy', detail };
    case status.UNKNOWN:
      // "Server Is Not Ready", "Server Is Too Busy", time-outs of replication; and, from 24.10 on, too large.
      return { kind: tooLarge.test(detail) ? 'refused' : 'busy', detail };
    default:
      // UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, ABORTED; INTERNAL and DATA_LOSS when a leader goes away.
      return { kind: 'unreachable', detail };
  }
}

/** Whether the same call may come out better later. */
export function isPassing(failure: Failure): boolean {
  return failure.kind !== 'denied' && failure.kind !== 'refused';
}

export function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error && 'code' in error && 'metadata' in error && error.metadata instanceof Metadata
  );
}

export function trailerOf(error: ServiceError, key: string): string | null {
  const [value] = error.metadata.get(key);
  return value === undefined ? null : value.toString();
}

/** Null where the node knows no leader, as in an election. */
function leaderOf(error: ServiceError): Endpoint | null {
  const address = trailerOf(error, 'leader-endpoint-host');
  const port = Number(trailerOf(error, 'leader-endpoint-port'));
  return address && Number.isInteger(port) && port > 0 ? { address, port } : null;
}
