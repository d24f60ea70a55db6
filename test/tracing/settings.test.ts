import { describe, expect, it } from 'vitest';
import { readTracingSettings } from '../../src/tracing/settings.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('traces are sent', () => {
  it('where an address is given, and only there', () => {
    expect(readTracingSettings(endpoint).settings).toEqual({ ratio: 1 });
    expect(readTracingSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x' }).settings).not.toBeNull();
    expect(readTracingSettings({}).settings).toBeNull();
    expect(
      readTracingSettings({ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: '' }).settings,
    ).toBeNull();
  });

  it.each([{ OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'none' }])('not with %o', (off) => {
    expect(readTracingSettings({ ...endpoint, ...off }).settings).toBeNull();
  });
});

describe('the sampler', () => {
  it.each([
    ['always_off', undefined, 0],
    ['parentbased_always_on', undefined, 1],
    ['traceidratio', '0.25', 0.25],
    ['parentbased_traceidratio', '0', 0],
  ])('%s with %s traces %d of the pushes', (OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, ratio) => {
    const { settings, warnings } = readTracingSettings({
      ...endpoint,
      OTEL_TRACES_SAMPLER,
      OTEL_TRACES_SAMPLER_ARG,
    });
    expect(settings?.ratio).toBe(ratio);
    expect(warnings).toEqual([]);
  });
});

it('a value that is not understood counts as absent, with a warning that names it', () => {
  const { settings, warnings } = readTracingSettings({
    ...endpoint,
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '7',
    OTEL_BSP_SCHEDULE_DELAY: 'soon',
    OTEL_BSP_MAX_QUEUE_SIZE: '100',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_TRACES_EXPORTER: 'zipkin',
  });
  expect(settings).toEqual({ ratio: 1, maxQueueSize: 100 });
  for (const name of [
    'OTEL_TRACES_SAMPLER',
    'OTEL_BSP_SCHEDULE_DELAY',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_TRACES_EXPORTER',
  ])
    expect(warnings.join('\n')).toContain(name);
  expect(warnings).toHaveLength(4);
});
