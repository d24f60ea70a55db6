import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What ids are made of in practice: UUIDs, ULIDs, trace ids, and numbers with a prefix. Nothing that a log would obey. */
const sane = /^[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}$/;

/** The request's own `X-Request-Id`, as a proxy sets it, or a new one. It is in every log line of the request. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && sane.test(given) ? given : randomUUID();
}
