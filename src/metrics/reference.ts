import { createMetrics } from './metrics.ts';

/** Every metric of ours as the documentation lists it: a Markdown table without a line break at its end. */
export async function renderMetricsTable(): Promise<string> {
  const rows = (await describedMetrics()).map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  const head = ['Metric', 'Type', 'Labels', 'Meaning'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export interface DescribedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Those that begin with `pushledger_`, by name. */
export async function describedMetrics(): Promise<DescribedMetric[]> {
  const { registry } = createMetrics({
    build: { version: '', node: '', eventStore: '' },
    read: () => Promise.reject(new Error('nobody asks for values here')),
  });
  const described = registry.getMetricsAsArray().flatMap((metric) => {
    if (!metric.name.startsWith('pushledger_')) return [];
    // prom-client keeps them, and leaves them out of its types.
    const labels =
      'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
    return [{ name: metric.name, type: String(metric.type), labels, help: metric.help }];
  });
  return described.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
