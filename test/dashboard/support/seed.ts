import type { Pool } from 'pg';

/**
 * A database as a busy year leaves it, without the log: pushes of the last 300 days over 200 repositories of uneven
 * activity, each with its run, and with a message unless it was ignored.
 */
export async function seedPushes(pool: Pool, pushes: number): Promise<void> {
  for (const statement of statements) await pool.query(statement.replaceAll(':pushes', String(pushes)));
  await pool.query('vacuum (analyze)');
}

const statements = [
  `insert into data_factory.nodes (node_id, kind, name, repo_id, repo_full_name, last_run_at, last_status, run_count,
                                   created_at, recorded_by)
   select 'gitea_push_repo-' || n, 'extractor', 'repo-' || n, n, 'acme/repo-' || n, now(), 'success', 1, now(),
          'pushledger'
   from generate_series(0, 199) as n`,

  // The square makes the first repositories much busier than the last ones.
  `create temporary table seeded as
   select n, gen_random_uuid() as id, floor(200 * power(random(), 2))::int as repository, n % 50 as pusher,
          now() - n * (interval '300 days' / :pushes) as at, md5(n::text) || '00000000' as sha,
          case when n % 100 = 0 then 'pusher bot' end as ignored
   from generate_series(1, :pushes) as n`,

  `insert into pushledger.pushes (push_id, received_at, source, instance, repository_id, repository, ref, ref_kind,
     branch, kind, before_sha, after_sha, commit_count, commit_count_is_floor, pusher, authors, commit_prefixes, messages,
     ignored, delivery_id)
   select id, at, 'webhook', 'gitea.test', repository, 'acme/repo-' || repository, 'refs/heads/b' || n % 40, 'branch',
          'b' || n % 40, 'updated', sha, sha, 1, false, 'User-' || pusher, array['user-' || pusher, 'user' || pusher || '@example.com'],
          array[left(sha, 7)], 'Change part ' || n % 5000 || ' of ' || (array['parser', 'printer', 'docs'])[1 + n % 3],
          ignored, gen_random_uuid()
   from seeded`,

  `insert into data_factory.runs (run_id, node_id, trigger, status, started_at, finished_at, duration_ms, push_id, ref,
     branch, after_sha, commit_count, author, pusher, message, commits, recorded_by)
   select id, 'gitea_push_repo-' || repository, 'webhook', 'success', at, at, 3, id, 'refs/heads/b', 'b', sha, 1,
          'User ' || pusher, 'User-' || pusher, 'Change part ' || n % 5000, jsonb_build_array(jsonb_build_object('id', sha)), 'pushledger'
   from seeded`,

  `insert into pushledger.notifications (message_id, version, room, push_ids, state, transaction_id, content, planned_at,
     planned_position, attempts, remote_id, sent_at, failed_at, reason)
   select gen_random_uuid(), 1, 'room', array[id], case when n % 50000 = 1 then 'parked' else 'sent' end, id::text,
          '{"body":"text"}', at, :pushes - n + 1, 1, 'remote',
          case when n % 50000 <> 1 then at + interval '1 millisecond' * (100 + n % 900) end, null, null
   from seeded where ignored is null`,

  `insert into call_monitor.calls (call_id, trace_id, function_name, status, started_at, recorded_by)
   select gen_random_uuid(), id, 'ingest.receive', case when n % 100 = 1 then 'retried' else 'ok' end, at, 'pushledger'
   from seeded`,

  'drop table seeded',
];
