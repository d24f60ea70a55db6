import type { FastifyInstance } from 'fastify';
import type { Counted } from './counted.ts';

/** Ends when the viewer leaves, which says nothing of how long an answer takes. */
const liveRoute = '/api/events';

/** Counts every request by its route as it was registered: what a client writes there has no bound. */
export function countRequests(app: FastifyInstance, { requests, requestSeconds }: Counted): void {
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? 'none';
    requests.inc({ method, route, status: reply.statusCode });
    if (route !== liveRoute) requestSeconds.observe({ route }, reply.elapsedTime / 1_000);
  });
}
