import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { watchAcceptQueue } from '../http/accept-queue.ts';
import { CodedError, type ErrorCode } from '../runtime/errors.ts';
import { watchLateness } from '../runtime/lateness.ts';
import { type Admission, createAdmission } from './admission.ts';
import { createBadSignatures } from './bad-signatures.ts';
import { createBodyBudget } from './body-budget.ts';
import { overloaded, readBody, tooLarge } from './read-body.ts';
import { type IngestOptions, receiveDelivery } from './receive-delivery.ts';
import { createRefusals } from './refusals.ts';

export const hookPath = '/webhook/gitea';

const signatureErrors: ReadonlySet<ErrorCode> = new Set(['SIGNATURE_MISSING', 'SIGNATURE_WRONG']);

export interface IngestRouteOptions extends IngestOptions {
  /** Largest body that is read, in bytes. */
  readonly bodyLimit: number;
  /** Who is let in; as `createAdmission` says when absent. */
  readonly admission?: Admission;
  /** Called with the status of each answer, or the code of each error. */
  readonly onResult?: (result: string) => void;
}

/** What all bodies may hold together, in bytes; a few of the largest always find room. */
const bodyBudgetBytes = 64 * 1_024 * 1_024;

/**
 * `POST /webhook/gitea`. Every answer closes its connection: Gitea's client keeps idle connections, and a delivery
 * that it sends on one which the server is just closing is lost, as Gitea sends nothing twice.
 */
export function registerIngestRoute(app: FastifyInstance, options: IngestRouteOptions): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The signature covers the raw bytes, so nothing may parse them before; what is not supported is told later,
    // in the order that the errors have.
    const lateness = watchLateness();
    scope.addHook('onClose', async () => lateness.stop());
    const queue = watchAcceptQueue(app.server);
    const admission =
      options.admission ?? createAdmission({ lateMs: lateness.lateMs, isQueueLong: queue.isLong });
    const refusals = createRefusals(options.clock, (refused) =>
      app.log.error({ refused }, 'more deliveries came than can be taken, and were refused with 503'),
    );
    const budget = createBodyBudget(Math.max(bodyBudgetBytes, 4 * options.bodyLimit));
    const answered = new WeakMap<FastifyRequest, () => void>();
    scope.addContentTypeParser('*', (request: FastifyRequest, payload: FastifyRequest['raw']) =>
      readBody(payload, { limit: options.bodyLimit, budget }, (release) => answered.set(request, release)),
    );

    scope.addHook('onRequest', async (request, reply) => {
      reply.header('connection', 'close');
      // Whether it was answered or broken off.
      reply.raw.once('close', () => answered.get(request)?.());
      // Before anything is read of it: to refuse must cost next to nothing.
      if (admission.isFull()) throw overloaded();
      const length = Number(request.headers['content-length'] ?? 0);
      if (length > options.bodyLimit) throw tooLarge(options.bodyLimit);
    });

    scope.addHook('onError', async (_request, reply, error) => {
      if (error instanceof CodedError && error.code === 'OVERLOADED') {
        reply.header('retry-after', 1);
        refusals.count();
      }
      options.onResult?.(error instanceof CodedError ? error.code : 'REQUEST_MALFORMED');
    });

    const badSignatures = createBadSignatures(options.clock);
    /** Only what is no valid delivery comes here: see `createBadSignatures`. */
    const limited = (error: unknown, request: FastifyRequest, reply: FastifyReply): unknown => {
      if (!(error instanceof CodedError) || !signatureErrors.has(error.code)) return error;
      const { retryAfterSeconds, suppressed } = badSignatures.of(request.ip);
      if (suppressed > 0) {
        request.log.warn({ address: request.ip, suppressed }, 'more bad signatures came from this address');
      }
      if (retryAfterSeconds === null) return error;
      reply.header('retry-after', retryAfterSeconds);
      return new CodedError('TOO_MANY_BAD_SIGNATURES', `look again in ${retryAfterSeconds} s`);
    };

    scope.post(hookPath, async (request, reply) => {
      if (admission.isFull()) throw overloaded();
      const readMs = reply.elapsedTime;
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const receivedAt = new Date(options.clock.now().getTime() - readMs);
      const leave = admission.enter();
      const { answer, repository } = await receiveDelivery(options, {
        headers: request.headers,
        body,
        receivedAt,
        readMs,
      })
        .catch((error: unknown) => {
          throw limited(error, request, reply);
        })
        .finally(leave);
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
