import type { Run, RunList } from '../api/schemas/nodes.ts';
import type { DashboardPorts } from '../ports.ts';
import { pageOf, parseKey, timeAndUuid } from './cursor.ts';

interface RunRow extends Omit<Run, 'startedAt' | 'finishedAt'> {
  startedAt: Date;
  finishedAt: Date | null;
}

interface RunFilter {
  readonly node?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Conditions are left out rather than made optional, so that each has the plan of its index. */
export function runStatement(filter: RunFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const key = parseKey(timeAndUuid, filter.cursor);
  const conditions = [`recorded_by = 'pushledger'`];
  if (filter.node !== undefined) conditions.push(`node_id = ${value(filter.node)}`);
  if (key) conditions.push(`(started_at, run_id) < (${value(key[0])}, ${value(key[1])}::uuid)`);
  return {
    text: `
      select run_id as "runId", node_id as "nodeId", trigger, status, started_at as "startedAt",
             finished_at as "finishedAt", duration_ms as "durationMs", push_id as "pushId",
             parent_run_id as "parentRunId", ref, branch, after_sha as "after", commit_count as "commitCount", author,
             pusher, message as title, url, compare_url as "compareUrl"
      from data_factory.runs
      where ${conditions.join(' and ')}
      order by started_at desc, run_id desc
      limit ${value(filter.limit + 1)}`,
    values,
  };
}

export async function readRuns({ pool }: DashboardPorts, filter: RunFilter): Promise<RunList> {
  const { text, values } = runStatement(filter);
  const { rows } = await pool.query<RunRow>(text, values);
  const page = pageOf(rows, filter.limit, (row) => [row.startedAt, row.runId]);
  return {
    runs: page.rows.map((row) => ({
      ...row,
      startedAt: row.startedAt.toISOString(),
      finishedAt: row.finishedAt?.toISOString() ?? null,
    })),
    nextCursor: page.nextCursor,
  };
}

/** Whether there is such a node: one without runs is no unknown one. */
export async function isNode({ pool }: DashboardPorts, nodeId: string): Promise<boolean> {
  const { rows } = await pool.query(
    `select from data_factory.nodes where node_id = $1 and recorded_by = 'pushledger'`,
    [nodeId],
  );
  return rows.length > 0;
}
