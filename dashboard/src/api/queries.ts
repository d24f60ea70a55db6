import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query';
import type { Activity } from '../../../src/dashboard/api/schemas/activity.ts';
import type { DoctorReport } from '../../../src/dashboard/api/schemas/doctor.ts';
import type { HookList } from '../../../src/dashboard/api/schemas/hooks.ts';
import type { LiveStatus } from '../../../src/dashboard/api/schemas/live.ts';
import type { NodeList, RunList } from '../../../src/dashboard/api/schemas/nodes.ts';
import type { NotificationList } from '../../../src/dashboard/api/schemas/notifications.ts';
import type { ProjectionList } from '../../../src/dashboard/api/schemas/projections.ts';
import type { PushDetails } from '../../../src/dashboard/api/schemas/push-details.ts';
import type { PushList } from '../../../src/dashboard/api/schemas/pushes.ts';
import type { Session } from '../../../src/dashboard/api/schemas/session.ts';
import type { HealthReport } from './health-report.ts';
import { keys } from './keys.ts';
import { ask } from './request.ts';

/** The reader's own, in which days are cut. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A list that is read page by page. */
function pages<T extends { readonly nextCursor: string | null }>(
  key: readonly unknown[],
  path: string,
  parameters: Readonly<Record<string, string>> = {},
) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      ask<T>(path, { parameters: { ...parameters, ...(pageParam && { cursor: pageParam }) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => ask<Session>('api/session', { signal }),
});

/** @param parameters as the API takes them; the list without any is kept up to date by itself */
export const pushesQuery = (parameters: Readonly<Record<string, string>>) =>
  pages<PushList>(keys.pushes(parameters), 'api/pushes', parameters);

export const pushQuery = (pushId: string) =>
  queryOptions({
    queryKey: [...keys.push, pushId],
    queryFn: ({ signal }) => ask<PushDetails>(`api/pushes/${encodeURIComponent(pushId)}`, { signal }),
  });

export const nodesQuery = pages<NodeList>(keys.nodes, 'api/nodes', { zone });

export const runsQuery = (node: string) => pages<RunList>([...keys.runs, node], 'api/runs', { node });

export const activityQuery = (since: string, bucket: 'hour' | 'day') =>
  queryOptions({
    queryKey: ['activity', since, bucket],
    queryFn: ({ signal }) => ask<Activity>('api/activity', { parameters: { since, bucket, zone }, signal }),
    staleTime: 30_000,
  });

export const notificationsQuery = (state: string | null) =>
  pages<NotificationList>([...keys.notifications, state], 'api/notifications', state ? { state } : {});

export const hooksQuery = pages<HookList>(keys.hooks, 'api/hooks');

export const doctorQuery = queryOptions({
  queryKey: ['doctor'],
  queryFn: ({ signal }) => ask<DoctorReport>('api/doctor', { signal }),
  staleTime: 30_000,
});

export const projectionsQuery = queryOptions({
  queryKey: ['projections'],
  queryFn: ({ signal }) => ask<ProjectionList>('api/projections', { signal }),
  refetchInterval: 5_000,
});

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => ask<HealthReport>('webhook/health', { signal }),
  refetchInterval: 5_000,
});

/** Never asked for: live updates bring it. */
export const statusQuery = queryOptions<LiveStatus>({ queryKey: keys.status, queryFn: skipToken });
