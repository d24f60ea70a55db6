import { parser } from '@prometheus-io/lezer-promql';

/** What a PromQL expression asks for. */
export interface Expression {
  /** Names of metrics, with the label names that are asked of each. */
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** Pieces that are no PromQL. */
  readonly mistakes: readonly string[];
}

/** Parses with the grammar of Prometheus' own web interface. */
export function parsePromql(text: string): Expression {
  const tree = parser.parse(text);
  const mistakes: string[] = [];
  const selectors: { metric: string; labels: string[] }[] = [];
  tree.iterate({
    enter({ type, from, to, node }) {
      if (type.isError) mistakes.push(`at ${from}: ${text.slice(Math.max(0, from - 10), to + 10)}`);
      if (type.name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      const labels = [...text.slice(from, to).matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].map(
        ([, name]) => name ?? '',
      );
      selectors.push({ metric: metric ? text.slice(metric.from, metric.to) : '', labels });
    },
  });
  return { selectors, mistakes };
}
