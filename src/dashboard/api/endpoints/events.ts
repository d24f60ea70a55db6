import { CodedError } from '../../../runtime/errors.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { accessRequest } from '../register.ts';
import { liveQuery } from '../schemas/live.ts';

export const eventEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api/events',
    summary: 'Live, as server-sent events: changes, status, reset',
    access: 'read',
    query: liveQuery,
    answer: null,
    contentType: 'text/event-stream',
    async handle({ live, access }, { query }, { request, reply }) {
      const lastEventId = request.headers['last-event-id'];
      const after = parsePosition(lastEventId === undefined ? query.after : String(lastEventId));
      const out = reply.raw;
      const asked = accessRequest(request);
      const mayStay = async () => (await access.identify(asked)).mayRead;
      reply.header('content-type', 'text/event-stream; charset=utf-8');
      // A proxy that gathers an answer before it passes it on would keep everything to itself.
      reply.header('x-accel-buffering', 'no');
      if (request.method === 'HEAD') return undefined;
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined),
      );
      out.once('close', () => live.leave(out));
      live.join({ out, mayStay }, after, () => out.writeHead(200, headers as Record<string, string>));
      reply.hijack();
      return undefined;
    },
  }),
];

/** @throws CodedError PARAMETER_INVALID */
function parsePosition(text: string | undefined): bigint | null {
  if (text === undefined || text === '') return null;
  if (/^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n) return BigInt(text);
  throw new CodedError('PARAMETER_INVALID', 'Last-Event-ID: expected as an event had it', {
    field: 'Last-Event-ID',
  });
}
