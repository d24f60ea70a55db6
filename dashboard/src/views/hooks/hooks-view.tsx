import { useInfiniteQuery } from '@tanstack/react-query';
import type { HookedRepository } from '../../../../src/dashboard/api/schemas/hooks.ts';
import { hooksQuery } from '../../api/queries.ts';
import { useSpoken, useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { More } from '../../parts/more.tsx';
import { Outside, OutsideLink } from '../../parts/outside.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { Section, View } from '../../parts/view.tsx';
import { Doctor } from './doctor.tsx';

export default function HooksView() {
  const text = useText().hooks;
  const query = useInfiniteQuery(hooksQuery);
  return (
    <View title={text.title}>
      <Section title={text.repositories}>
        <Loaded query={query}>
          {({ pages }) => {
            const repositories = pages.flatMap((page) => page.repositories);
            if (repositories.length === 0) return <Empty hint={text.emptyHint}>{text.empty}</Empty>;
            return (
              <>
                <RepositoryTable repositories={repositories} />
                <More query={query} />
              </>
            );
          }}
        </Loaded>
      </Section>
      <Doctor />
    </View>
  );
}

function RepositoryTable({ repositories }: { readonly repositories: readonly HookedRepository[] }) {
  const { text: all, locale } = useSpoken();
  const text = all.hooks;
  return (
    <Table
      caption={text.caption}
      columns={[
        { title: all.pushes.repo },
        { title: text.hook },
        { title: text.lastPush },
        { title: text.pushes, className: 'number' },
        { title: text.recovery },
      ]}
    >
      {repositories.map((each) => (
        <tr key={each.repository}>
          <Cell label={all.pushes.repo} className="lead">
            <OutsideLink text={each.repository} href={each.url} />
          </Cell>
          <Cell label={text.hook}>
            <Badge tone={toneOf(each.hook)}>{text.states[each.hook]}</Badge>
          </Cell>
          <Cell label={text.lastPush}>
            <Moment at={each.lastPushAt} />
          </Cell>
          <Cell label={text.pushes} className="number">
            {each.pushes.toLocaleString(locale)}
          </Cell>
          <Cell label={text.recovery}>
            <Recovery recovery={each.recovery} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function Recovery({ recovery }: { readonly recovery: HookedRepository['recovery'] }) {
  const text = useText().hooks;
  if (!recovery) return <span className="faint">{text.never}</span>;
  return (
    <>
      {text.found(recovery.found)}
      {recovery.collapsed > 0 && `, ${text.collapsed(recovery.collapsed)}`}
      {recovery.checkedAt && (
        <span className="faint block">
          {text.checked} <Moment at={recovery.checkedAt} />
        </span>
      )}
      {recovery.error && <Outside className="error-text" text={recovery.error} />}
    </>
  );
}
