import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { CodedError, type ErrorCode, errorBody } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { defaultHeaders } from './headers.ts';
import { limitConnections } from './limit-connections.ts';
import { requestIdOf } from './request-id.ts';

/** A request must be here whole by then, in milliseconds; Gitea itself gives up after 5 s. */
const requestTimeoutMs = 10_000;
const headersTimeoutMs = 5_000;
/** How often the two above are looked at. */
const checkIntervalMs = 1_000;

/** Whoever opens more loses the oldest on which no whole request has come. */
const maxConnections = 4_000;

/** The HTTP side without any route: limits, error answers, logs. Apart from `listen`, so that tests can inject. */
export function buildServer(logger: Logger, options: { requestTimeoutMs?: number } = {}): FastifyInstance {
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    genReqId: requestIdOf,
    // Each route logs its one line with what it found; two more for every request would drown it.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    routerOptions: { ignoreTrailingSlash: true },
    requestTimeout: options.requestTimeoutMs ?? requestTimeoutMs,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: Math.min(headersTimeoutMs, options.requestTimeoutMs ?? headersTimeoutMs),
      connectionsCheckingInterval: checkIntervalMs,
    },
    clientErrorHandler: answerUnreadable,
    // An address that cannot be read never gets to a route, nor to the hook below.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id).headers(defaultHeaders);
      return answerError(error, request, reply);
    },
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).headers(defaultHeaders);
  });
  limitConnections(app.server, maxConnections);
  // Node would answer 417 by itself, without a code and with the connection left open. RFC 9110, 10.1.1, lets a server
  // pass over what it does not know, and the route then says what it thinks of the request.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response));
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request) => {
    throw new CodedError('NOT_FOUND', `${request.method} ${request.url.slice(0, 200)}`);
  });
  return app;
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const coded = codedErrorOf(error);
  const line = {
    code: coded.code,
    status: coded.status,
    address: request.ip,
    ...deliveryOf(request.headers),
    ...coded.context,
  };
  // One line for all of them comes when their minute is over.
  if (coded.code === 'TOO_MANY_BAD_SIGNATURES' || coded.code === 'OVERLOADED') {
    request.log.debug(line, coded.message);
  } else if ((coded.status ?? 500) >= 500) request.log.error({ ...line, err: error }, coded.message);
  else request.log.warn(line, coded.message);
  // Whatever of the body is still to come is read and dropped, so that the client gets to see the answer.
  request.raw.resume();
  return reply.status(coded.status ?? 500).send(errorBody(coded));
}

/** Every error of ours or of Fastify as one of our table. What is not expected is 500, and logged whole. */
function codedErrorOf(error: FastifyError): CodedError {
  if (error instanceof CodedError) return error.status === null ? new CodedError('INTERNAL') : error;
  const status = error.statusCode ?? 500;
  const code: ErrorCode | undefined = {
    413: 'BODY_TOO_LARGE',
    415: 'UNSUPPORTED_CONTENT_TYPE',
    408: 'REQUEST_TIMEOUT',
  }[status] as ErrorCode | undefined;
  if (code) return new CodedError(code, undefined, { cause: error });
  return status < 500 ? new CodedError('REQUEST_MALFORMED', error.message) : new CodedError('INTERNAL');
}

function deliveryOf(headers: NodeJS.Dict<string | string[]>): { deliveryId?: string } {
  const deliveryId = headers['x-gitea-delivery'];
  return typeof deliveryId === 'string' ? { deliveryId: deliveryId.slice(0, 64) } : {};
}

const headerLines = Object.entries(defaultHeaders)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/** Answers what was no HTTP, came too slowly, or stopped half-way; then the connection is over. */
function answerUnreadable(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  const code: ErrorCode =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'REQUEST_TIMEOUT'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'HEADERS_TOO_LARGE'
        : 'REQUEST_MALFORMED';
  const requestId = randomUUID();
  this.log.warn(
    { requestId, code, reason: error.code, address: socket.remoteAddress },
    'a request could not be read',
  );
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const coded = new CodedError(code);
  const body = JSON.stringify(errorBody(coded));
  socket.end(
    `HTTP/1.1 ${coded.status} ${code}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nx-request-id: ${requestId}\r\n${headerLines}` +
      `connection: close\r\n\r\n${body}`,
  );
}
