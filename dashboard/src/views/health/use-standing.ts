import { useQuery } from '@tanstack/react-query';
import type { ProjectionList } from '../../../../src/dashboard/api/schemas/projections.ts';
import { statusQuery } from '../../api/queries.ts';
import { withStatus } from './with-status.ts';

/** What was read, brought up to date by what live updates have told since. */
export function useStanding(list: ProjectionList | undefined): ProjectionList | undefined {
  const { data: status } = useQuery(statusQuery);
  return list && status ? withStatus(list, status) : list;
}
