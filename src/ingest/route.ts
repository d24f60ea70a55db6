import type { FastifyInstance } from 'fastify';
import { CodedError } from '../runtime/errors.ts';
import { type IngestOptions, receiveDelivery } from './receive-delivery.ts';

export const hookPath = '/webhook/gitea';

export interface IngestRouteOptions extends IngestOptions {
  /** Largest body that is read, in bytes. */
  readonly bodyLimit: number;
  /** Called with the status of each answer, or the code of each error. */
  readonly onResult?: (result: string) => void;
}

/**
 * `POST /webhook/gitea`. Every answer closes its connection: Gitea's client keeps idle connections, and a delivery
 * that it sends on one which the server is just closing is lost, as Gitea sends nothing twice.
 */
export function registerIngestRoute(app: FastifyInstance, options: IngestRouteOptions): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The signature covers the raw bytes, so nothing may parse them before; what is not supported is told later,
    // in the order that the errors have.
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: options.bodyLimit },
      (_request, body, done) => done(null, body),
    );

    scope.addHook('onRequest', async (request, reply) => {
      reply.header('connection', 'close');
      const length = Number(request.headers['content-length'] ?? 0);
      if (length > options.bodyLimit) throw tooLarge(options.bodyLimit);
    });

    scope.addHook('onError', async (_request, _reply, error) => {
      options.onResult?.(error instanceof CodedError ? error.code : 'REQUEST_MALFORMED');
    });

    scope.post(hookPath, async (request, reply) => {
      const readMs = reply.elapsedTime;
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const receivedAt = new Date(options.clock.now().getTime() - readMs);
      const { answer, repository } = await receiveDelivery(options, {
        headers: request.headers,
        body,
        receivedAt,
        readMs,
      });
      request.log.info({ ...answer, repository }, 'delivery');
      options.onResult?.(answer.status);
      return reply.status(answer.status === 'spooled' ? 202 : 200).send(answer);
    });

    scope.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: hookPath,
      handler: async (request, reply) => {
        reply.header('allow', 'POST');
        throw new CodedError('METHOD_NOT_ALLOWED', `${request.method} (Gitea delivers with POST)`);
      },
    });
  });
}

export function tooLarge(limit: number): CodedError {
  return new CodedError('BODY_TOO_LARGE', `${limit} bytes (raise BODY_LIMIT, or push less at once)`);
}
