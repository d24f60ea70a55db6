import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import pg from 'pg';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import type { AccessRequest, Caller } from '../access/access.ts';
import type { Dashboard } from '../dashboard.ts';
import { apiHeaders } from '../headers.ts';
import type { Endpoint } from './endpoint.ts';

/** Largest body that the API takes, in bytes. */
const bodyLimit = 16 * 1_024;

/** A route for each endpoint. */
export function registerApi(
  app: FastifyInstance,
  dashboard: Dashboard,
  endpoints: readonly Endpoint[],
): void {
  app.register(async (scope) => {
    // JSON and nothing else: text, as a form, is what a page elsewhere could send without asking.
    scope.removeContentTypeParser('text/plain');
    for (const endpoint of endpoints) registerEndpoint(scope, dashboard, endpoint);
  });
}

function registerEndpoint(app: FastifyInstance, dashboard: Dashboard, endpoint: Endpoint): void {
  const { access } = dashboard;
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.route({
    method: endpoint.method,
    url: endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit,
    // Who asks is settled before a body is read.
    async onRequest(request, reply) {
      reply.headers(apiHeaders);
      const asked = accessRequest(request);
      const caller = await orTold(reply, access.identify(asked));
      access.demand(endpoint.access, asked, caller);
      callers.set(request, caller);
    },
    async handler(request, reply) {
      const caller = callers.get(request);
      if (!caller) throw new CodedError('INTERNAL');
      const answer = await orTold(reply, endpoint.run(dashboard, { request, reply, caller }));
      if (reply.sent) return reply;
      if (!reply.hasHeader('content-type')) reply.type(`${endpoint.contentType}; charset=utf-8`);
      return reply.status(endpoint.status).send(answer);
    },
  });
}

/** What a promise comes to, or an error that can be told. */
async function orTold<T>(reply: FastifyReply, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const told = toldOf(error);
    if (told instanceof CodedError && typeof told.context.retryAfter === 'number') {
      reply.header('retry-after', told.context.retryAfter);
    }
    throw told;
  }
}

export function accessRequest(request: FastifyRequest): AccessRequest {
  return { httpVersion: request.raw.httpVersion, headers: request.headers, address: request.ip };
}

/** What the caller is told: that the database or the store is away is no defect of ours. */
function toldOf(error: unknown): unknown {
  const away =
    error instanceof CodedError
      ? error.code === 'STORE_UNAVAILABLE' || error.code === 'DATABASE_UNREACHABLE'
      : isLoss(error);
  if (!away) return error;
  const part = error instanceof CodedError ? error.message : `the database: ${messageOf(error)}`;
  return new CodedError('READ_UNAVAILABLE', part, { cause: error });
}

/** The connection was lost or not to be had, the statement took too long, or the server is going down or full. */
function isLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|53|57)/.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN)/.test(code) ||
    /^Connection terminated|timeout exceeded when trying to connect|^Query read timeout|is not queryable/.test(
      error.message,
    )
  );
}
