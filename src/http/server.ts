import type { Socket } from 'node:net';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  LogController,
} from 'fastify';
import { CodedError, type ErrorCode, errorBody } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

/** A request must be here whole by then, in milliseconds; Gitea itself gives up after 5 s. */
const requestTimeoutMs = 10_000;
const headersTimeoutMs = 5_000;
/** How often the two above are looked at. */
const checkIntervalMs = 1_000;

/** The HTTP side without any route: limits, error answers, logs. Apart from `listen`, so that tests can inject. */
export function buildServer(logger: Logger, options: { requestTimeoutMs?: number } = {}): FastifyInstance {
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    // Each route logs its one line with what it found; two more for every request would drown it.
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { ignoreTrailingSlash: true },
    requestTimeout: options.requestTimeoutMs ?? requestTimeoutMs,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: Math.min(headersTimeoutMs, options.requestTimeoutMs ?? headersTimeoutMs),
      connectionsCheckingInterval: checkIntervalMs,
    },
    clientErrorHandler: answerUnreadable,
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const coded = codedErrorOf(error);
    const line = {
      code: coded.code,
      status: coded.status,
      address: request.ip,
      ...deliveryOf(request.headers),
      ...coded.context,
    };
    if ((coded.status ?? 500) >= 500) request.log.error({ ...line, err: error }, coded.message);
    else request.log.warn(line, coded.message);
    // Whatever of the body is still to come is read and dropped, so that the client gets to see the answer.
    request.raw.resume();
    return reply.status(coded.status ?? 500).send(errorBody(coded));
  });
  app.setNotFoundHandler((request) => {
    throw new CodedError('NOT_FOUND', `${request.method} ${request.url.slice(0, 200)}`);
  });
  return app;
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

/** Answers what was no HTTP, came too slowly, or stopped half-way; then the connection is over. */
function answerUnreadable(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  const code: ErrorCode =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'REQUEST_TIMEOUT'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'HEADERS_TOO_LARGE'
        : 'REQUEST_MALFORMED';
  this.log.warn({ code, reason: error.code, address: socket.remoteAddress }, 'a request could not be read');
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const coded = new CodedError(code);
  const body = JSON.stringify(errorBody(coded));
  socket.end(
    `HTTP/1.1 ${coded.status} ${code}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
