import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Run } from '../../../../src/dashboard/api/schemas/nodes.ts';
import { runsQuery } from '../../api/queries.ts';
import { duration } from '../../format/duration.ts';
import { outsideText } from '../../format/outside.ts';
import { useSpoken, useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { More } from '../../parts/more.tsx';
import { Outside, OutsideLink } from '../../parts/outside.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { View } from '../../parts/view.tsx';
import { places } from '../../shell/navigation.tsx';

export function RunsView({ node }: { readonly node: string }) {
  const text = useText().extractors;
  const query = useInfiniteQuery(runsQuery(node));
  return (
    <View
      title={outsideText(node)}
      heading={<Outside text={node} />}
      aside={<Link to={places.extractors}>← {text.back}</Link>}
    >
      <Loaded query={query}>
        {({ pages }) => {
          const runs = pages.flatMap((page) => page.runs);
          if (runs.length === 0) return <Empty>{text.noRuns}</Empty>;
          return (
            <>
              <RunTable runs={runs} node={node} />
              <More query={query} />
            </>
          );
        }}
      </Loaded>
    </View>
  );
}

function RunTable({ runs, node }: { readonly runs: readonly Run[]; readonly node: string }) {
  const { text: all, language } = useSpoken();
  const text = all.extractors;
  return (
    <Table
      caption={text.runsCaption(outsideText(node))}
      columns={[
        { title: text.started },
        { title: text.trigger },
        { title: all.pushes.branch },
        { title: text.message },
        { title: text.duration, className: 'number' },
        { title: text.status },
      ]}
    >
      {runs.map((run) => (
        <tr key={run.runId}>
          <Cell label={text.started}>
            <Moment at={run.startedAt} />
          </Cell>
          <Cell label={text.trigger}>
            <span className="faint">{text.triggers[run.trigger ?? ''] ?? run.trigger}</span>
          </Cell>
          <Cell label={all.pushes.branch}>
            <Outside className="mono" text={run.branch ?? run.ref ?? '–'} />
          </Cell>
          <Cell label={text.message} className="lead">
            <What run={run} />
          </Cell>
          <Cell label={text.duration} className="number">
            {run.durationMs === null ? '–' : duration(run.durationMs, language)}
          </Cell>
          <Cell label={text.status}>
            <Badge tone={toneOf(run.status)}>{text.runStatus[run.status ?? ''] ?? run.status}</Badge>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function What({ run }: { readonly run: Run }) {
  const text = useText().pushes;
  if (run.trigger === 'api') return <OutsideLink text={run.title ?? run.runId} href={run.url} />;
  const title = outsideText(run.title ?? '') || text.noTitle;
  return run.pushId ? (
    <Link to={`${places.pushes}/${run.pushId}`}>
      <bdi>{title}</bdi>
    </Link>
  ) : (
    <bdi>{title}</bdi>
  );
}
