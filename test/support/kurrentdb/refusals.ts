import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Behaviour } from './behaviour.ts';

/** Errors as the server forms them: a code, a text, and trailers that name the exception. */
export function refusal(code: status, details: string, trailers: Record<string, string> = {}): ServiceError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

/** What a node answers instead of serving; `stall` for nothing at all; null when it serves. */
export function refusalOf(behaviour: Behaviour, asked: Metadata): ServiceError | 'stall' | null {
  switch (behaviour.manner) {
    case 'unavailable':
      return refusal(status.UNAVAILABLE, 'the node is going away');
    case 'not-ready':
      return refusal(status.UNKNOWN, 'Server Is Not Ready');
    case 'internal':
      return refusal(status.INTERNAL, 'Received RST_STREAM with code 2');
    case 'data-loss':
      return refusal(status.DATA_LOSS, 'the record is gone');
    case 'unauthenticated':
      return refusal(status.UNAUTHENTICATED, 'Bad HTTP status code 401');
    case 'access-denied':
      return refusal(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
    case 'stall':
      return 'stall';
    case 'serve':
    case 'stall-after-append':
      break;
  }
  const { follows } = behaviour;
  if (!follows || asked.get('requires-leader').length === 0) return null;
  const named = follows !== 'unknown' && {
    'leader-endpoint-host': follows.address,
    'leader-endpoint-port': String(follows.port),
  };
  return refusal(status.NOT_FOUND, 'Leader info available', { exception: 'not-leader', ...named });
}

export function tooLarge({ tooLargeAs, maxAppendSize }: Behaviour): ServiceError {
  const details = `Maximum Append Size of ${maxAppendSize} Exceeded.`;
  if (tooLargeAs === 'unknown') return refusal(status.UNKNOWN, details);
  return refusal(status.INVALID_ARGUMENT, details, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(maxAppendSize),
  });
}
