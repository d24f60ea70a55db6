import type { Node, NodeList } from '../api/schemas/nodes.ts';
import type { DashboardPorts } from '../ports.ts';
import { pageOf, parseKey, timeAndText } from './cursor.ts';

interface NodeRow {
  node_id: string;
  name: string | null;
  repo_full_name: string | null;
  repo_url: string | null;
  last_run_id: string | null;
  last_run_at: Date;
  last_status: string | null;
  run_count: string;
  created_at: Date | null;
}

/** There are only as many as there are repositories, so that they may be sorted. */
export const nodeStatement = `
  select node_id, name, repo_full_name, repo_url, last_run_id, last_run_at, last_status, run_count, created_at
  from data_factory.nodes
  where recorded_by = 'pushledger' and last_run_at is not null
    and ($2::timestamptz is null or (last_run_at, node_id) < ($2, $3))
  order by last_run_at desc, node_id desc
  limit $1`;

export const runsPerDayStatement = `
  select node_id, to_char(started_at at time zone $2, 'YYYY-MM-DD') as day, count(*)::int as runs
  from data_factory.runs
  where recorded_by = 'pushledger' and node_id = any($1::text[]) and started_at >= ($3::text)::timestamp at time zone $2
  group by 1, 2`;

export async function readNodes(
  { pool }: DashboardPorts,
  query: { zone: string; limit: number; cursor?: string | undefined },
  days: readonly string[],
): Promise<NodeList> {
  const [lastRunAt, nodeId] = parseKey(timeAndText, query.cursor) ?? [null, null];
  const found = await pool.query<NodeRow>(nodeStatement, [query.limit + 1, lastRunAt, nodeId]);
  const page = pageOf(found.rows, query.limit, (row) => [row.last_run_at, row.node_id]);
  const counted = await pool.query<{ node_id: string; day: string; runs: number }>(runsPerDayStatement, [
    page.rows.map((row) => row.node_id),
    query.zone,
    days[0],
  ]);
  const runs = new Map(counted.rows.map((row) => [`${row.day} ${row.node_id}`, row.runs]));
  return {
    days: [...days],
    nodes: page.rows.map((row) => ({
      ...nodeOf(row),
      runsPerDay: days.map((day) => runs.get(`${day} ${row.node_id}`) ?? 0),
    })),
    nextCursor: page.nextCursor,
  };
}

function nodeOf(row: NodeRow): Omit<Node, 'runsPerDay'> {
  return {
    nodeId: row.node_id,
    name: row.name,
    repository: row.repo_full_name,
    repositoryUrl: row.repo_url,
    lastRunId: row.last_run_id,
    lastRunAt: row.last_run_at.toISOString(),
    lastStatus: row.last_status,
    runCount: Number(row.run_count),
    createdAt: row.created_at?.toISOString() ?? null,
  };
}
