import { memo } from 'react';
import { Link } from 'wouter';
import type { ListedPush } from '../../../../src/dashboard/api/schemas/pushes.ts';
import { outsideText } from '../../format/outside.ts';
import { useText } from '../../i18n/i18n.tsx';
import { addressOf } from '../../location/address.ts';
import type { PushFilters } from '../../location/push-filters.ts';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { places } from '../../shell/navigation.tsx';
import { RefLabel } from './ref-label.tsx';

export function PushTable({
  pushes,
  filters,
}: {
  readonly pushes: readonly ListedPush[];
  readonly filters: PushFilters;
}) {
  const text = useText().pushes;
  const search = addressOf('', filters);
  return (
    <Table
      caption={text.caption}
      className="pushes"
      columns={[
        { title: text.time },
        { title: text.repo },
        { title: text.branch },
        { title: text.commits },
        { title: text.author_column },
        { title: text.status },
      ]}
    >
      {pushes.map((push) => (
        <Row key={push.pushId} push={push} search={search} />
      ))}
    </Table>
  );
}

const Row = memo(function Row({ push, search }: { readonly push: ListedPush; readonly search: string }) {
  const text = useText().pushes;
  return (
    <tr>
      <Cell label={text.time} className="time">
        <Moment at={push.receivedAt} />
      </Cell>
      <Cell label={text.repo} className="repository">
        <Link to={addressOf(places.pushes, { repo: push.repository })}>
          <Outside text={push.repository} />
        </Link>
      </Cell>
      <Cell label={text.branch} className="ref">
        <RefLabel push={push} />
      </Cell>
      <Cell label={text.commits} className="what">
        <Link to={`${places.pushes}/${push.pushId}${search}`} className="title">
          <bdi>
            {outsideText(push.title ?? '') || (push.kind === 'updated' ? text.noTitle : text.did[push.kind])}
          </bdi>
        </Link>{' '}
        {push.commitCount > 1 && (
          <span className="faint">×{text.commitCount(push.commitCount, push.commitCountIsFloor)}</span>
        )}
      </Cell>
      <Cell label={text.author_column} className="who">
        <Outside text={push.author ?? push.pusher ?? '–'} />
        {push.pusher !== null && push.author !== null && push.pusher !== push.author && (
          <span className="faint">
            {' '}
            <Outside text={push.pusher} />
          </span>
        )}
      </Cell>
      <Cell label={text.status} className="state-cell">
        <span title={outsideText(push.ignored ?? '') || undefined}>
          <Badge tone={toneOf(push.announcement)}>{text.announcement[push.announcement]}</Badge>
        </span>
        {push.source === 'recovery' && <Badge tone="warn">{text.recovered}</Badge>}
      </Cell>
    </tr>
  );
});
