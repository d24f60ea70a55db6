import packageJson from '../../package.json' with { type: 'json' };
import { observedStore } from '../event-store/observed-store.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { createReadShown, type ShownSources } from '../metrics/read-shown.ts';
import type { HandledBatch } from '../subscription/follow-log.ts';
import type { Tracing } from '../tracing/span.ts';
import type { Ledger } from './ledger.ts';
import { spansOfAppend, spansOfBatch } from './push-spans.ts';
import type { ServiceOptions } from './start-service.ts';

export interface Observed {
  /** The given ledger, whose appends are seen. */
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly onBatch: (batch: HandledBatch) => void;
}

/** Metrics and traces of a service, from the few places that everything goes through: appends and batches. */
export function observe(
  {
    ledger,
    config,
    clock,
    logger,
    tracing,
  }: Pick<ServiceOptions, 'ledger' | 'config' | 'clock' | 'logger' | 'tracing'>,
  here: ShownSources['here'],
): Observed {
  const metrics = createMetrics({
    build: { version: packageJson.version, node: process.version, eventStore: ledger.store.kind },
    read: createReadShown({
      pool: ledger.pool,
      head: () => ledger.store.head(),
      notifyMaxAgeMs: config.notifyMaxAgeMs,
      clock,
      here,
    }),
  });
  /** What is only watched must not fail for being watched. */
  const trace = (spans: () => Parameters<Tracing['record']>[0]) => {
    if (!tracing) return;
    try {
      tracing.record(spans());
    } catch (error) {
      logger.warn({ err: error }, 'a step could not be traced');
    }
  };
  const store = observedStore(
    ledger.store,
    () => clock.now(),
    (append) => {
      metrics.countAppend(append);
      trace(() => spansOfAppend(append));
    },
  );
  return {
    ledger: { ...ledger, store },
    metrics,
    onBatch(batch) {
      metrics.countBatch(batch);
      trace(() => spansOfBatch(batch));
    },
  };
}
