import type { Table } from '../table.ts';

/** What is known of each repository: where its node's row comes from. Ours alone. */
export const repositories: Table = {
  schema: 'pushledger',
  name: 'repositories',
  key: ['instance', 'repository_id'],
  columns: {
    instance: 'text',
    repository_id: 'bigint',
    node_id: 'text',
    run_count: 'bigint',
    created_at: 'timestamp with time zone',
    last_push: 'jsonb',
  },
  shared: false,
  growth: 'replaced',
};

export const nodes: Table = {
  schema: 'data_factory',
  name: 'nodes',
  key: ['node_id'],
  columns: {
    node_id: 'text',
    kind: 'text',
    name: 'text',
    repo_id: 'bigint',
    repo_full_name: 'text',
    repo_url: 'text',
    last_run_id: 'uuid',
    last_run_at: 'timestamp with time zone',
    last_status: 'text',
    run_count: 'bigint',
    created_at: 'timestamp with time zone',
    updated_at: 'timestamp with time zone',
  },
  shared: true,
  growth: 'replaced',
  keptWhile: `exists (select 1 from data_factory.runs theirs
                      where theirs.node_id = live.node_id and theirs.recorded_by is distinct from 'pushledger')`,
};

export const runs: Table = {
  schema: 'data_factory',
  name: 'runs',
  key: ['run_id'],
  columns: {
    run_id: 'uuid',
    node_id: 'text',
    trigger: 'text',
    status: 'text',
    started_at: 'timestamp with time zone',
    finished_at: 'timestamp with time zone',
    duration_ms: 'integer',
    push_id: 'uuid',
    delivery_id: 'uuid',
    parent_run_id: 'uuid',
    ref: 'text',
    branch: 'text',
    before_sha: 'text',
    after_sha: 'text',
    commit_count: 'integer',
    author: 'text',
    pusher: 'text',
    message: 'text',
    url: 'text',
    compare_url: 'text',
    commits: 'jsonb',
  },
  shared: true,
  growth: 'appended',
};
