import { chainOf } from '../../push-search/chain.ts';
import type { Call as FoundCall } from '../../push-search/show-push.ts';
import type { Call } from '../api/schemas/calls.ts';
import type { DashboardPorts } from '../ports.ts';

/** The chain of one trace; empty where there is none. */
export async function readCalls({ pool }: DashboardPorts, trace: string): Promise<Call[]> {
  const { rows } = await pool.query<FoundCall>(
    `select call_id as "callId", parent_call_id as "parentCallId", function_name as "functionName", status,
            started_at as "startedAt", duration_ms as "durationMs", error,
            coalesce(attributes, '{}') as attributes
     from call_monitor.calls
     where trace_id = $1 and recorded_by = 'pushledger'
     order by started_at, function_name, call_id
     limit 1000`,
    [trace],
  );
  return waterfall(chainOf(rows));
}

/** Each call with how long after the first one it began. */
export function waterfall(calls: readonly (FoundCall & { readonly depth: number })[]): Call[] {
  const first = Math.min(...calls.map(({ startedAt }) => startedAt.getTime()));
  return calls.map((call) => ({
    ...call,
    startedAt: call.startedAt.toISOString(),
    offsetMs: call.startedAt.getTime() - first,
    attributes: call.attributes as Call['attributes'],
  }));
}
