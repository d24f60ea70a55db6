import { rangeOf, readActivity } from '../../reads/activity.ts';
import { pageOfHooks, readHookedRepositories } from '../../reads/hooks.ts';
import { inZone } from '../../reads/zone.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { activity, activityQuery } from '../schemas/activity.ts';
import { doctorReport } from '../schemas/doctor.ts';
import { hookList, hookQuery } from '../schemas/hooks.ts';

const longMs = 32 * 86_400_000;
/** A doctor that has not said all by then is told to come to an end, in milliseconds. */
const doctorPatienceMs = 20_000;

export const overviewEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api/hooks',
    summary: 'Repositories with how their hook stands, the last push, and what recovery found missing',
    access: 'read',
    query: hookQuery,
    answer: hookList,
    handle: async ({ ports, kept }, { query }) =>
      pageOfHooks(await kept.hooks('', () => readHookedRepositories(ports)), query),
  }),
  endpoint({
    method: 'GET',
    path: '/api/activity',
    summary: 'Pushes per day and repository, latency from push to message, and deliveries by outcome',
    access: 'read',
    query: activityQuery,
    answer: activity,
    handle: ({ ports, kept }, { query }) =>
      inZone(query.zone, async () => {
        const range = rangeOf(query, ports.clock.now());
        const isLong = range.until.getTime() - range.since.getTime() > longMs;
        const keep = isLong ? kept.longActivity : kept.activity;
        return keep(JSON.stringify(query), () => readActivity(ports, range, query));
      }),
  }),
  endpoint({
    method: 'GET',
    path: '/api/doctor',
    summary: 'What `pushledger doctor` finds',
    access: 'read',
    answer: doctorReport,
    handle: ({ ports, kept }) =>
      kept.doctor('', async () => ({
        checkedAt: ports.clock.now().toISOString(),
        checks: await ports.doctor(AbortSignal.timeout(doctorPatienceMs)),
      })),
  }),
];
