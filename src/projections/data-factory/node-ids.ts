import type { ClientBase } from 'pg';
import type { DomainEvent } from '../../events/event.ts';
import { CodedError } from '../../runtime/errors.ts';

/** Names a repository across renames: the instance and Gitea's own id. */
export function repositoryKey(push: DomainEvent<'PushReceived'>['data']): string {
  return `${push.repository.id}@${push.instance}`;
}

/**
 * The node of each repository in these pushes. At first sight it is the one that the push names, or that name and
 * `~<repository.id>` where another repository (or another program's row) holds it (and the instance's name where that
 * is held too); from then on it stays.
 */
export async function nodeIdsOf(
  transaction: ClientBase,
  pushes: readonly DomainEvent<'PushReceived'>[],
): Promise<ReadonlyMap<string, string>> {
  const firstSeen = new Map<string, DomainEvent<'PushReceived'>['data']>();
  for (const { data } of pushes) {
    const key = repositoryKey(data);
    if (!firstSeen.has(key)) firstSeen.set(key, data);
  }
  const repositories = [...firstSeen.values()];
  const known = await transaction.query<{ instance: string; repository_id: string; node_id: string }>(
    `select n.instance, n.repository_id, n.node_id
     from unnest($1::text[], $2::bigint[]) as r (instance, repository_id)
     join pushledger.repository_nodes n using (instance, repository_id)`,
    [repositories.map((push) => push.instance), repositories.map((push) => push.repository.id)],
  );
  const nodeIds = new Map(known.rows.map((row) => [`${row.repository_id}@${row.instance}`, row.node_id]));
  // In log order, as the first repository of a name gets it. New repositories are rare: one statement each.
  for (const [key, push] of firstSeen) {
    if (!nodeIds.has(key)) nodeIds.set(key, await assignNodeId(transaction, push));
  }
  return nodeIds;
}

async function assignNodeId(
  transaction: ClientBase,
  push: DomainEvent<'PushReceived'>['data'],
): Promise<string> {
  // Two servers may each have a repository of that name with the same id: only the last candidate is free for sure.
  const named = `${push.nodeId}~${push.repository.id}`;
  const candidates = [push.nodeId, named, `${named}@${push.instance}`];
  const { rows } = await transaction.query<{ node_id: string }>(
    `select node_id from pushledger.repository_nodes where node_id = any($1)
     union
     select node_id from data_factory.nodes where node_id = any($1) and recorded_by is distinct from 'pushledger'`,
    [candidates],
  );
  const taken = new Set(rows.map((row) => row.node_id));
  const nodeId = candidates.find((candidate) => !taken.has(candidate));
  if (nodeId === undefined) {
    throw new CodedError(
      'SCHEMA_INCOMPATIBLE',
      `data_factory.nodes has rows of others under ${candidates.join(', ')}`,
    );
  }
  await transaction.query(
    `insert into pushledger.repository_nodes (instance, repository_id, node_id) values ($1, $2, $3)`,
    [push.instance, push.repository.id, nodeId],
  );
  return nodeId;
}
