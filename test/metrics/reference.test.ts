import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { countedMetrics } from '../../src/metrics/counted.ts';
import { describedMetrics, renderMetricsTable } from '../../src/metrics/reference.ts';
import { shownMetrics } from '../../src/metrics/shown.ts';

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

test('docs/metrics.md has every metric, as `npm run reference` writes it', async () => {
  const [, table] = /<!-- metrics -->\n([\s\S]*?)\n<!-- \/metrics -->/.exec(page) ?? [];
  expect(table?.trim()).toBe(await renderMetricsTable());
});

test('names follow the rules of Prometheus', async () => {
  const metrics = await describedMetrics();
  expect(metrics.length).toBeGreaterThan(25);
  for (const { name, type, help } of metrics) {
    expect(name).toMatch(/^pushledger_[a-z][a-z_]*[a-z]$/);
    expect(help.length, name).toBeGreaterThan(10);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    // Base units, and no type in the name.
    expect(name).not.toMatch(/_(milliseconds|ms|minutes|kb|gauge|counter|count)$/);
  }
});

test('no metric has a label without a bound', async () => {
  const labels = new Set((await describedMetrics()).flatMap((metric) => metric.labels));
  const bounded = [
    'event_store',
    'method',
    'name',
    'node',
    'outcome',
    'result',
    'route',
    'state',
    'status',
    'type',
    'version',
  ];
  expect([...labels].toSorted()).toEqual(bounded);
});

test('what nobody knows has no value, rather than none', async () => {
  const registry = new Registry();
  countedMetrics(registry);
  const show = shownMetrics(registry);
  const now = new Date();
  const nothing = { now, spool: null, subscribers: [], viewers: 0, backlog: null, head: null };
  show({
    ...nothing,
    head: 7n,
    backlog: {
      messages: { planned: 2, parked: 0 },
      oldestPlannedAt: new Date(now.getTime() - 5_000),
      duePushes: 0,
      oldestDueAt: null,
      triggers: { due: 0, parked: 0 },
      enrichments: { due: 0, parked: 0 },
      subscribers: [{ name: 'notifier', position: 4n, parked: 1 }],
    },
  });
  const known = await registry.metrics();
  expect(known).toContain('pushledger_outbox_messages{state="planned"} 2');
  expect(known).toContain('pushledger_outbox_oldest_age_seconds 5');
  expect(known).toContain('pushledger_due_pushes_oldest_age_seconds 0');
  expect(known).toContain('pushledger_subscriber_lag_positions{name="notifier"} 3');
  expect(known).toContain('pushledger_parked_events{name="notifier"} 1');
  show(nothing);
  const unknown = await registry.metrics();
  expect(unknown).toContain('pushledger_database_up 0');
  expect(unknown).toContain('pushledger_event_store_up 0');
  for (const name of [
    'outbox_messages',
    'outbox_oldest_age_seconds',
    'subscriber_lag_positions',
    'seal_position',
  ])
    expect(unknown).not.toMatch(new RegExp(`^pushledger_${name}[ {]`, 'm'));
});
