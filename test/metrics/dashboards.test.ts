import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { parsePromql } from './support/promql.ts';

function deployed(path: string): string {
  return readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
}

/** Metrics that an expression may name, with the labels of each. */
const known = new Map<string, readonly string[]>([['up', []]]);
const { registry } = createMetrics({
  build: { version: '', node: '', eventStore: '' },
  read: () => Promise.reject(new Error('not asked')),
});
for (const metric of registry.getMetricsAsArray()) {
  const labels =
    'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
  const suffixes = String(metric.type) === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  for (const suffix of suffixes) known.set(`${metric.name}${suffix}`, labels);
}

/** Of the scrape, not of ours. */
const scraped = ['instance', 'job', 'le'];

function problemsOf(expression: string): string[] {
  const { selectors, mistakes } = parsePromql(expression);
  const problems = mistakes.map((mistake) => `no PromQL ${mistake}`);
  if (selectors.length === 0) problems.push('names no metric');
  for (const { metric, labels } of selectors) {
    const own = known.get(metric);
    if (own === undefined) problems.push(`${metric} is no metric`);
    for (const label of labels)
      if (!own?.includes(label) && !scraped.includes(label)) problems.push(`${metric} has no label ${label}`);
  }
  return problems;
}

describe('the check of expressions', () => {
  it.each([
    ['rate(pushledger_deliveries_total[5m])', []],
    ['rate(pushledger_deliveries[5m])', ['pushledger_deliveries is no metric']],
    ['pushledger_spool_entries{stat="pending"}', ['pushledger_spool_entries has no label stat']],
    ['pushledger_append_duration_seconds', ['pushledger_append_duration_seconds is no metric']],
  ])('can fail: %s', (expression, problems) => {
    expect(problemsOf(expression)).toEqual(problems);
  });

  it('finds what is no PromQL', () => {
    expect(problemsOf('sum(rate(pushledger_deliveries_total[5m])').join()).toContain('no PromQL');
  });
});

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Pushledger[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

describe('the alert rules', () => {
  const { groups } = rulesSchema.parse(parse(deployed('prometheus/pushledger-alerts.yml')));
  const rules = groups.flatMap((group) => group.rules);

  it('have each a name of its own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it.each(rules.map(({ alert, expr }) => [alert, expr]))('%s asks for metrics that exist', (_alert, expr) => {
    expect(problemsOf(expr)).toEqual([]);
  });
});

const panelSchema = z.looseObject({
  id: z.int(),
  type: z.enum(['row', 'stat', 'timeseries']),
  title: z.string().min(1),
  gridPos: z.strictObject({
    h: z.int().min(1),
    w: z.int().min(1).max(24),
    x: z.int().min(0),
    y: z.int().min(0),
  }),
  targets: z.array(z.looseObject({ refId: z.string(), expr: z.string() })).optional(),
});

describe('the Grafana dashboard', () => {
  const dashboard = z
    .looseObject({
      title: z.string(),
      uid: z.string(),
      schemaVersion: z.int(),
      templating: z.looseObject({ list: z.array(z.looseObject({ name: z.string() })) }),
      panels: z.array(panelSchema),
    })
    .parse(JSON.parse(deployed('grafana/pushledger.json')));
  const { panels } = dashboard;

  it('has panels that stand beside each other and have ids of their own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const {
      title,
      gridPos: { h, w, x, y },
    } of panels) {
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let row = y; row < y + h; row++)
        for (let column = x; column < x + w; column++) {
          expect(taken.has(`${row},${column}`), title).toBe(false);
          taken.add(`${row},${column}`);
        }
    }
  });

  const names = dashboard.templating.list.map(({ name }) => name);
  const expressions = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr] as const),
  );

  it.each(expressions)('"%s" asks for metrics that exist: %s', (_title, expr) => {
    const used = [...expr.matchAll(/\$\{?([A-Za-z_]+)/g)].map(([, name]) => name);
    expect(used.filter((name) => name !== '__rate_interval' && !names.includes(name ?? ''))).toEqual([]);
    expect(problemsOf(expr.replaceAll('$__rate_interval', '5m'))).toEqual([]);
  });

  it('shows what the alerts speak of', () => {
    const all = expressions.map(([, expr]) => expr).join();
    for (const name of [
      'deliveries_total',
      'subscriber_lag_positions',
      'outbox_messages',
      'seal_timestamp_seconds',
    ])
      expect(all).toContain(`pushledger_${name}`);
  });
});
