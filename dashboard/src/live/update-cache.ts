import type { InfiniteData, QueryClient, QueryFilters } from '@tanstack/react-query';
import type { Changes, LiveStatus } from '../../../src/dashboard/api/schemas/live.ts';
import type { PushList } from '../../../src/dashboard/api/schemas/pushes.ts';
import { keys } from '../api/keys.ts';
import { withChanges } from './apply-changes.ts';
import { hasCaughtUp } from './caught-up.ts';
import { createThrottle } from './throttle.ts';

/** Lists that are read again because of a change are read at most this often, in milliseconds. */
const atMostEveryMs = 2_000;
/** And an open push whenever a projection has moved, as redeliveries are not told one by one. */
const pushAtMostEveryMs = 5_000;

type List = 'unfiltered' | 'filtered' | 'nodes' | 'runs' | 'hooks' | 'notifications';

const unfiltered = keys.pushes({});
const lists: Readonly<Record<List, QueryFilters>> = {
  unfiltered: { queryKey: unfiltered, exact: true },
  filtered: {
    predicate: ({ queryKey: [name, parameters] }) =>
      name === unfiltered[0] && Object.keys(parameters ?? {}).length > 0,
  },
  nodes: { queryKey: keys.nodes },
  runs: { queryKey: keys.runs },
  hooks: { queryKey: keys.hooks },
  notifications: { queryKey: keys.notifications },
};

export interface CacheUpdater {
  changes(changes: Changes): void;
  status(status: LiveStatus): void;
  /** Something was missed: what is shown is read again. */
  gap(): void;
}

/** Brings what was read before up to date with what live updates tell. */
export function createCacheUpdater(client: QueryClient): CacheUpdater {
  const throttle = createThrottle(atMostEveryMs);
  const seldom = createThrottle(pushAtMostEveryMs);
  // Changes are told as soon as they are in the log, and lists are made of rows that come after it: a list is read
  // again until the rows have come as far as the last change that it is about.
  const stale = new Set<List>();
  let changedAt = '0';
  let standing = '';
  const readAgain = (list: List) => throttle(list, () => void client.invalidateQueries(lists[list]));
  const markStale = (...names: readonly List[]) => {
    for (const name of names) {
      stale.add(name);
      readAgain(name);
    }
  };

  return {
    changes(changes) {
      changedAt = changes.position;
      const list = client.getQueryData<InfiniteData<PushList, string>>(unfiltered);
      const next = list && withChanges(list, changes);
      if (next) client.setQueryData(unfiltered, next as InfiniteData<PushList, string>);
      else if (list) markStale('unfiltered');
      if (changes.pushes.length + changes.morePushes > 0) markStale('filtered', 'nodes', 'runs', 'hooks');
      if (changes.notifications.length + changes.moreNotifications > 0) markStale('notifications');
    },
    status(status) {
      client.setQueryData(keys.status, status);
      const next = status.projections.map(({ position }) => position).join();
      if (next === standing) return;
      standing = next;
      for (const list of stale) readAgain(list);
      if (hasCaughtUp(status, changedAt)) stale.clear();
      seldom('push', () => void client.invalidateQueries({ queryKey: keys.push }));
    },
    gap: () =>
      void client.invalidateQueries({
        predicate: ({ queryKey: [name] }) => name !== keys.status[0],
      }),
  };
}
