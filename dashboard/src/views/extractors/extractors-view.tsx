import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import type { Node } from '../../../../src/dashboard/api/schemas/nodes.ts';
import { nodesQuery } from '../../api/queries.ts';
import { useSpoken, useText } from '../../i18n/i18n.tsx';
import { addressOf } from '../../location/address.ts';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { More } from '../../parts/more.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { View } from '../../parts/view.tsx';
import { places } from '../../shell/navigation.tsx';
import { RunsView } from './runs-view.tsx';
import { Sparkline } from './sparkline.tsx';

/** The nodes of data_factory; one of them, with its runs, where the address names it. */
export default function ExtractorsView() {
  const node = new URLSearchParams(useSearch()).get('node');
  return node ? <RunsView key={node} node={node} /> : <NodesView />;
}

function NodesView() {
  const text = useText().extractors;
  const query = useInfiniteQuery(nodesQuery);
  return (
    <View title={text.title}>
      <Loaded query={query}>
        {({ pages }) => {
          const nodes = pages.flatMap((page) => page.nodes);
          if (nodes.length === 0) return <Empty>{text.empty}</Empty>;
          return (
            <>
              <NodeTable nodes={nodes} days={pages[0]?.days ?? []} />
              <More query={query} />
            </>
          );
        }}
      </Loaded>
    </View>
  );
}

function NodeTable({ nodes, days }: { readonly nodes: readonly Node[]; readonly days: readonly string[] }) {
  const { text: all, locale } = useSpoken();
  const text = all.extractors;
  return (
    <Table
      caption={text.caption}
      columns={[
        { title: text.node },
        { title: text.perDay },
        { title: text.runs, className: 'number' },
        { title: text.lastRun },
        { title: text.status },
      ]}
    >
      {nodes.map((node) => (
        <tr key={node.nodeId}>
          <Cell label={text.node} className="lead">
            <Link to={addressOf(places.extractors, { node: node.nodeId })}>
              <Outside text={node.nodeId} />
            </Link>
            {node.repository && <Outside className="faint block" text={node.repository} />}
          </Cell>
          <Cell label={text.perDay}>
            <Sparkline counts={node.runsPerDay} days={days} />
          </Cell>
          <Cell label={text.runs} className="number">
            {node.runCount.toLocaleString(locale)}
          </Cell>
          <Cell label={text.lastRun}>
            <Moment at={node.lastRunAt} />
          </Cell>
          <Cell label={text.status}>
            {node.lastStatus && (
              <Badge tone={toneOf(node.lastStatus)}>
                {text.runStatus[node.lastStatus] ?? node.lastStatus}
              </Badge>
            )}
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
