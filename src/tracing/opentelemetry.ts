import {
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  type IdGenerator,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { within } from '../runtime/within.ts';
import type { TracingSettings } from './settings.ts';
import { type PushSpan, spanIdOf, type Tracing, traceIdOf } from './span.ts';

/** The stop of the service must not wait for a collector that is away, in milliseconds. */
const closeMs = 1_000;
/** What the SDK complains of is told this often, in milliseconds: each failed export would be a line otherwise. */
const complaintMs = 60_000;

interface Surroundings {
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Spans through the SDK, with the ids that follow from the push. Loaded only where traces are asked for. */
export function createTracing(settings: TracingSettings, surroundings: Surroundings): Tracing {
  const { version, clock, logger } = surroundings;
  listenToComplaints(clock, logger);
  const ids = givenIds();
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'pushledger', 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new TraceIdRatioBasedSampler(settings.ratio),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        ...(settings.scheduleDelayMs !== undefined && { scheduledDelayMillis: settings.scheduleDelayMs }),
        ...(settings.exportTimeoutMs !== undefined && { exportTimeoutMillis: settings.exportTimeoutMs }),
        ...(settings.maxQueueSize !== undefined && { maxQueueSize: settings.maxQueueSize }),
        ...(settings.maxBatchSize !== undefined && { maxExportBatchSize: settings.maxBatchSize }),
      }),
    ],
  });
  const tracer = provider.getTracer('pushledger', version);
  return {
    record(spans) {
      for (const span of spans) {
        ids.next = { traceId: traceIdOf(span.pushId), spanId: spanIdOf(span.id) };
        const { name, startedAt: startTime, attributes } = span;
        const started = tracer.startSpan(name, { startTime, attributes }, parentOf(span));
        started.setAttribute('pushledger.push_id', span.pushId);
        if (span.error !== null) started.setStatus({ code: SpanStatusCode.ERROR, message: span.error });
        started.end(span.endedAt);
      }
    },
    async close() {
      await within(clock, closeMs, provider.shutdown());
    },
  };
}

function parentOf({ pushId, parentId }: PushSpan): Context {
  if (parentId === null) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceIdOf(pushId),
    spanId: spanIdOf(parentId),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

/** Gives the ids that were set just before: nothing is awaited between. */
function givenIds(): IdGenerator & { next: { traceId: string; spanId: string } } {
  return {
    next: { traceId: '', spanId: '' },
    generateTraceId() {
      return this.next.traceId;
    },
    generateSpanId() {
      return this.next.spanId;
    },
  };
}

/** The first line of each, now and then. Causes are left out: they may quote the headers, with their token. */
function listenToComplaints(clock: Clock, logger: Logger): void {
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = () => {
    const now = clock.now().getTime();
    if (now - toldAt < complaintMs) return;
    toldAt = now;
    logger.warn('traces cannot be sent: check OTEL_EXPORTER_OTLP_ENDPOINT and the collector behind it');
  };
  const quiet = () => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
