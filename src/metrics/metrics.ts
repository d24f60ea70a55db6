import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Registry } from 'prom-client';

/** What the gauges show, read when they are asked for. */
export interface MetricSources {
  readonly spool: () => SpoolFigures | null;
  /** Subscribers of this process. */
  readonly subscribers: () => readonly { readonly name: string; readonly caughtUp: boolean }[];
}

export interface SpoolFigures {
  readonly state: string;
  readonly pending: number | null;
  readonly parked: number | null;
  readonly bytes: number | null;
}

export interface Metrics {
  /** Counts a delivery by what it was answered: `accepted`, `duplicate`, …, or the code of its error. */
  countDelivery(result: string): void;
  registerRoute(app: FastifyInstance): void;
}

/** Prometheus metrics, by its naming rules. No repository is named: their number has no bound. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const deliveries = new Counter({
    name: 'pushledger_deliveries_total',
    help: 'Deliveries by result: the status that was answered, or the code of the error',
    labelNames: ['result'],
    registers,
  });
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        collect(this);
      },
    });

  gauge('pushledger_spool_up', 'Whether the spool can take deliveries', [], (up) => {
    const spool = sources.spool();
    if (spool) up.set(spool.state === 'ok' ? 1 : 0);
  });
  gauge('pushledger_spool_entries', 'Deliveries in the spool, waiting or parked', ['state'], (entries) => {
    const spool = sources.spool();
    if (spool?.pending != null) entries.set({ state: 'pending' }, spool.pending);
    if (spool?.parked != null) entries.set({ state: 'parked' }, spool.parked);
  });
  gauge('pushledger_spool_bytes', 'Size of the deliveries in the spool', [], (bytes) => {
    const spool = sources.spool();
    if (spool?.bytes != null) bytes.set(spool.bytes);
  });
  gauge(
    'pushledger_subscriber_caught_up',
    'Whether a subscriber is at the end of the log',
    ['name'],
    (caughtUp) => {
      for (const subscriber of sources.subscribers()) {
        caughtUp.set({ name: subscriber.name }, subscriber.caughtUp ? 1 : 0);
      }
    },
  );

  return {
    countDelivery: (result) => deliveries.inc({ result }),
    registerRoute(app) {
      app.get('/metrics', async (_request, reply) =>
        reply.type(registry.contentType).send(await registry.metrics()),
      );
    },
  };
}
