import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import type {
  NotificationList,
  NotificationState,
} from '../../../../src/dashboard/api/schemas/notifications.ts';
import { notificationsQuery } from '../../api/queries.ts';
import { useSpoken, useText } from '../../i18n/i18n.tsx';
import { addressOf } from '../../location/address.ts';
import { More } from '../../parts/more.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { View } from '../../parts/view.tsx';
import { places } from '../../shell/navigation.tsx';
import { NotificationTable } from './notification-table.tsx';
import { RetryAll } from './retry-all.tsx';

const states = ['planned', 'sent', 'parked', 'superseded'] as const satisfies readonly NotificationState[];

export default function NotificationsView() {
  const text = useText().notifications;
  const wanted = new URLSearchParams(useSearch()).get('state');
  const state = states.find((each) => each === wanted) ?? null;
  const query = useInfiniteQuery(notificationsQuery(state));
  const counts = query.data?.pages[0]?.counts;
  return (
    <View title={text.title} aside={<RetryAll parked={counts?.parked ?? 0} />}>
      <States state={state} counts={counts} />
      <Loaded query={query}>
        {({ pages }) => {
          const notifications = pages.flatMap((page) => page.notifications);
          if (notifications.length === 0) return <Empty>{state ? text.emptyState : text.empty}</Empty>;
          return (
            <>
              <NotificationTable notifications={notifications} />
              <More query={query} />
            </>
          );
        }}
      </Loaded>
    </View>
  );
}

function States({
  state,
  counts,
}: {
  readonly state: NotificationState | null;
  readonly counts: NotificationList['counts'] | undefined;
}) {
  const { text: all, locale } = useSpoken();
  const text = all.notifications;
  return (
    <nav aria-label={text.states} className="tabs">
      <ul>
        <li>
          <Link to={places.notifications} aria-current={state === null ? 'true' : undefined}>
            {text.all}
          </Link>
        </li>
        {states.map((each) => (
          <li key={each}>
            <Link
              to={addressOf(places.notifications, { state: each })}
              aria-current={state === each ? 'true' : undefined}
            >
              {text.state[each]}{' '}
              {counts && <span className="faint">{counts[each].toLocaleString(locale)}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
