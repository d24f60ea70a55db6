import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import type { PushSpan } from '../../src/tracing/span.ts';
import { startTracing } from '../../src/tracing/tracing.ts';
import { until } from '../support/condition.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { startTestService } from '../support/running-service.ts';
import { type Collector, startCollector } from './support/collector.ts';

const opened: Collector[] = [];
afterEach(async () => {
  for (const collector of opened.splice(0)) await collector.close();
});

async function collecting(
  behaviour?: Parameters<typeof startCollector>[0],
  env: Record<string, string> = {},
) {
  const collector = await startCollector(behaviour);
  opened.push(collector);
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50', ...env };
  // The exporter reads where to send from the process's own environment.
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    const tracing = await startTracing({ env: variables, version: '1.2.3', clock: systemClock, logger });
    if (!tracing) throw new Error('no traces');
    return { collector, tracing, lines };
  } finally {
    process.env = before;
  }
}

function span(change: Partial<PushSpan> = {}): PushSpan {
  const startedAt = new Date();
  return {
    ...{ pushId: randomUUID(), id: randomUUID(), parentId: null, name: 'step', attributes: {} },
    ...{ startedAt, endedAt: new Date(startedAt.getTime() + 5), error: null },
    ...change,
  };
}

test('one trace goes from receipt to message, under the push id, whichever process did what', async () => {
  const { collector, tracing } = await collecting();
  const service = await startTestService({ tracing });
  try {
    const { body } = await post(service.url, { body: bytesOf(fixture('push-force-rewrite')) });
    await service.settled();
    const names = ['ingest.receive', 'event_store.append', 'data_factory.record', 'matrix.send_message'];
    await until('all steps have come', () =>
      names.every((name) => collector.spans.some((each) => each.name === name)),
    );
    const traceId = body.pushId?.replaceAll('-', '');
    expect(new Set(collector.spans.map((each) => each.traceId))).toEqual(new Set([traceId]));
    const [receive, append, record, send] = names.map((name) => {
      const [found, second] = collector.spans.filter((each) => each.name === name);
      expect(second, `${name} twice`).toBeUndefined();
      return found;
    });
    expect(receive?.parentSpanId).toBeUndefined();
    expect(append?.parentSpanId).toBe(receive?.spanId);
    expect(record?.parentSpanId).toBe(append?.spanId);
    expect(send?.parentSpanId).toBe(record?.spanId);
    const [call] = await service.rows<{ call_id: string }>(
      `select call_id from call_monitor.calls where function_name = 'matrix.send_message'`,
    );
    expect(send?.spanId).toBe(call?.call_id.replaceAll('-', '').slice(16));
    for (const each of collector.spans)
      expect(BigInt(each.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(each.startTimeUnixNano));
  } finally {
    await service.stop();
    await tracing.close();
  }
});

test('the steps of two processes join one trace, with nothing handed on but the log', async () => {
  const taking = await collecting();
  const telling = await collecting();
  const receiver = await startTestService({ roles: ['ingest'], tracing: taking.tracing });
  const worker = await startTestService({
    roles: ['projections', 'notifier'],
    tracing: telling.tracing,
    via: async () => ({ url: receiver.databaseUrl }),
  });
  try {
    const { body } = await post(receiver.url, { body: bytesOf(fixture('push-force-rewrite')) });
    const sent = await until('the message was sent', () =>
      telling.collector.spans.find(({ name }) => name === 'matrix.send_message'),
    );
    const record = telling.collector.spans.find(({ name }) => name === 'data_factory.record');
    const append = await until('the append was told', () =>
      taking.collector.spans.find(({ name }) => name === 'event_store.append'),
    );
    for (const span of [sent, record, append]) expect(span?.traceId).toBe(body.pushId?.replaceAll('-', ''));
    expect(sent.parentSpanId).toBe(record?.spanId);
    expect(record?.parentSpanId).toBe(append.spanId);
    expect(taking.collector.spans.some(({ name }) => name === 'data_factory.record')).toBe(false);
  } finally {
    await worker.stop();
    await receiver.stop();
    await taking.tracing.close();
    await telling.tracing.close();
  }
});

test('the service is named as the environment says, and headers go along', async () => {
  const { collector, tracing } = await collecting('takes', {
    OTEL_SERVICE_NAME: 'ledger-of-acme',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20xyz',
  });
  tracing.record([span({ error: 'it broke', attributes: { count: 3 } })]);
  await tracing.close();
  expect(collector.requests[0]).toMatchObject({ path: '/v1/traces' });
  expect(collector.resource().get('deployment.environment')).toEqual({ stringValue: 'test' });
  expect(collector.resource().get('service.version')).toEqual({ stringValue: '1.2.3' });
  expect(collector.spans).toHaveLength(1);
  expect(collector.spans[0]?.status).toEqual({ code: 2, message: 'it broke' });
});

test('a ratio keeps or leaves whole pushes', async () => {
  const { collector, tracing } = await collecting('takes', {
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.5',
  });
  for (let count = 0; count < 200; count++) {
    const first = span();
    tracing.record([first, span({ pushId: first.pushId, parentId: first.id })]);
  }
  await tracing.close();
  const traces = Map.groupBy(collector.spans, ({ traceId }) => traceId);
  expect(traces.size).toBeGreaterThan(50);
  expect(traces.size).toBeLessThan(150);
  expect(new Set([...traces.values()].map((each) => each.length))).toEqual(new Set([2]));
});

test.each(['refuses', 'never'] as const)(
  'a collector that %s costs traces and nothing else',
  async (behaviour) => {
    const { tracing, lines, collector } = await collecting(behaviour, {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hush-token',
      OTEL_BSP_EXPORT_TIMEOUT: '300',
    });
    tracing.record([span()]);
    await until('it was asked', () => collector.requests.length > 0);
    await tracing.close();
    expect(lines.join()).not.toContain('hush-token');
  },
);

test('without the variables nothing of the SDK is loaded, by nothing that the service is made of', () => {
  const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({
      load(url, context, nextLoad) {
        // The API alone, some 50 small files, is prom-client's own.
        if (/@opentelemetry.(?!api)/.test(url)) loaded.push(url);
        return nextLoad(url, context);
      },
    });
    const { startTracing } = await import(${source('tracing/tracing.ts')});
    await import(${source('cli/serve.ts')});
    const logger = { warn() {} };
    const off = await startTracing({ env: {}, version: '1', clock: { now: () => new Date() }, logger });
    const before = loaded.length;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const on = await startTracing({ env, version: '1', clock: { now: () => new Date() }, logger });
    console.log(JSON.stringify([off === null, before, on !== null, loaded.length > 0]));
    process.exit();
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual([true, 0, true, true]);
});
