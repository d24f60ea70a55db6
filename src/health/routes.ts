import type { FastifyInstance } from 'fastify';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/within.ts';
import { type HealthReport, type HealthSources, patienceMs, reportHealth } from './report.ts';

/** A report is kept so long, in milliseconds: who asks for it in a loop must not load the database. */
const keptMs = 1_000;

export interface HealthRouteOptions extends HealthSources {
  readonly clock: Clock;
}

/** `GET /livez`, `/readyz` and `/webhook/health`. */
export function registerHealthRoutes(app: FastifyInstance, options: HealthRouteOptions): void {
  let kept: { at: number; report: Promise<HealthReport> } | null = null;

  app.get('/livez', async () => ({ status: 'ok' }));

  // Ready means: a push that comes now is kept, if only in the spool. Were this 503 while the store is away, a load
  // balancer would turn away the deliveries that the spool is there for. What follows the log may lag behind.
  app.get('/readyz', async (_request, reply) => {
    const spoolTakes = options.spool?.()?.state === 'ok';
    const askStore = () =>
      within(
        options.clock,
        patienceMs,
        options.store.head().then(() => true),
      );
    const ready = spoolTakes || (await askStore());
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' });
  });

  app.get('/webhook/health', async () => {
    const now = options.clock.now().getTime();
    if (!kept || now - kept.at > keptMs) kept = { at: now, report: reportHealth(options) };
    return kept.report;
  });
}
