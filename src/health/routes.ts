import type { FastifyInstance } from 'fastify';
import type { Clock } from '../runtime/clock.ts';
import { type HealthReport, type HealthSources, reportHealth } from './report.ts';

/** A report is kept so long, in milliseconds: who asks for it in a loop must not load the database. */
const keptMs = 1_000;
/** A part that says nothing by then counts as unavailable, in milliseconds. */
const patienceMs = 2_000;

export interface HealthRouteOptions extends HealthSources {
  readonly clock: Clock;
}

/** `GET /livez`, `/readyz` and `/webhook/health`. */
export function registerHealthRoutes(app: FastifyInstance, options: HealthRouteOptions): void {
  let kept: { at: number; report: Promise<HealthReport> } | null = null;

  app.get('/livez', async () => ({ status: 'ok' }));

  // Ready means: a push that comes now is stored. What follows the log may lag behind.
  app.get('/readyz', async (_request, reply) => {
    const ready = await within(
      options.clock,
      patienceMs,
      options.store.head().then(() => true),
    );
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' });
  });

  app.get('/webhook/health', async () => {
    const now = options.clock.now().getTime();
    if (!kept || now - kept.at > keptMs) kept = { at: now, report: reportHealth(options) };
    return kept.report;
  });
}

async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | null> {
  const done = new AbortController();
  const timeout = clock.sleep(ms, done.signal).then(
    () => null,
    () => null,
  );
  try {
    return await Promise.race([promise.catch(() => null), timeout]);
  } finally {
    done.abort();
  }
}
