import { useQuery } from '@tanstack/react-query';
import { statusQuery } from '../api/queries.ts';

const nothing = { pushes: 0, extractors: 0, activity: 0, notifications: 0, hooks: 0, health: 0 };

/** What waits for a person, by the view that shows it. */
export function useParked(): typeof nothing {
  const { data } = useQuery(statusQuery);
  if (!data) return nothing;
  return {
    ...nothing,
    notifications: data.notifications.parked,
    health: data.projections.reduce((sum, { parked }) => sum + parked, 0),
  };
}
