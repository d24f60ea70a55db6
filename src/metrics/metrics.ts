import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ObservedAppend } from '../event-store/observed-store.ts';
import type { HandledBatch } from '../subscription/follow-log.ts';
import { type Counted, countedMetrics } from './counted.ts';
import { countRequests } from './requests.ts';
import { type Shown, shownMetrics } from './shown.ts';

export interface BuildInfo {
  readonly version: string;
  readonly node: string;
  readonly eventStore: string;
}

export interface MetricSources {
  readonly build: BuildInfo;
  /** Looks up what the gauges show; called for each answer. */
  readonly read: () => Promise<Shown>;
}

export interface Metrics {
  /** Counts a delivery by what it was answered: `accepted`, `duplicate`, …, or the code of its error. */
  countDelivery(result: string): void;
  /** Counts a push by what became of its DAG: `triggered`, `parked` or `expired`. */
  countTrigger(result: string): void;
  /** Counts a question to Gitea about a push: `enriched`, `postponed`, `parked` or `away`. */
  countEnrichment(result: string): void;
  /** Counts a look at a repository by its outcome (`checked`, `baselined`, `gone`, `failed`), and what it recovered. */
  countRecovery(result: string, pushes: number): void;
  /** Counts an append, and what the event that it stored tells of messages and seals. */
  countAppend(append: ObservedAppend): void;
  countBatch(batch: HandledBatch): void;
  /** How many messages the homeserver would take at once. */
  setBucketTokens(tokens: number): void;
  /** Counts every request from now on, and answers `GET /metrics`. To be called before other routes are registered. */
  registerRoute(app: FastifyInstance): void;
  readonly registry: Registry;
}

/** Prometheus metrics, by its naming rules. No repository is named: their number has no bound. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const counted = countedMetrics(registry);
  const show = shownMetrics(registry);
  collectDefaultMetrics({ register: registry });
  const { version, node, eventStore } = sources.build;
  new Gauge({
    name: 'pushledger_build_info',
    help: 'What runs: always 1, the labels tell',
    labelNames: ['version', 'node', 'event_store'],
    registers: [registry],
  }).set({ version, node, event_store: eventStore }, 1);

  return {
    registry,
    countDelivery: (result) => counted.deliveries.inc({ result }),
    countTrigger: (result) => counted.triggers.inc({ result }),
    countEnrichment: (result) => counted.enrichments.inc({ result }),
    countRecovery(result, pushes) {
      counted.recoveries.inc({ result });
      counted.recovered.inc(pushes);
    },
    countAppend: (append) => countAppend(counted, append),
    countBatch({ name, events, durationMs }) {
      counted.batchSeconds.observe({ name }, durationMs / 1_000);
      counted.batchEvents.inc({ name }, events.length);
    },
    setBucketTokens: (tokens) => counted.bucketTokens.set(tokens),
    registerRoute(app) {
      countRequests(app, counted);
      app.get('/metrics', async (_request, reply) => {
        show(await sources.read());
        return reply.type(registry.contentType).send(await registry.metrics());
      });
    },
  };
}

function countAppend(counted: Counted, { event, outcome, startedAt, durationMs }: ObservedAppend): void {
  counted.appendSeconds.observe({ outcome: outcome?.outcome ?? 'failed' }, durationMs / 1_000);
  if (outcome?.outcome !== 'stored') return;
  const { type } = event;
  counted.appended.inc({ type });
  if (type === 'NotificationSent') counted.sends.inc({ result: 'sent' });
  if (type === 'NotificationFailed') counted.sends.inc({ result: 'parked' });
  if (type === 'LogSealed') {
    counted.sealPosition.set(Number(outcome.position));
    counted.sealedAt.set((startedAt.getTime() + durationMs) / 1_000);
  }
}
