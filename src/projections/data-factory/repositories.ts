import type { ClientBase } from 'pg';
import type { DomainEvent } from '../../events/event.ts';
import { CodedError } from '../../runtime/errors.ts';
import { type Place, type Row, recordedBy } from '../table.ts';
import * as tables from './tables.ts';

type Push = DomainEvent<'PushReceived'>['data'];

/** What is known of a repository, from its pushes so far. */
export interface Repository {
  readonly instance: string;
  readonly repositoryId: number;
  /** Fixed at first sight, so that a rename keeps it. */
  readonly nodeId: string;
  readonly runCount: number;
  readonly createdAt: string;
  /** What the node shows of its last push. */
  readonly lastPush: Row;
}

/** Repositories by their key, and the node ids that nobody else may get. */
export interface RepositoryState {
  readonly byKey: Map<string, Repository>;
  readonly takenNodeIds: Set<string>;
}

/** Names a repository across renames: the server, and the server's own id. */
export function repositoryKey({ instance, repository }: RepositoryReference): string {
  return `${repository.id}@${instance}`;
}

/** What an event tells of the repository that it belongs to. */
export interface RepositoryReference {
  readonly instance: string;
  readonly repository: { readonly id: number };
}

/**
 * The node of a repository that is seen for the first time: the name that the push gives, `~<repository.id>` behind it
 * where another repository or another program holds that, and the instance too where two servers use the same id.
 */
export function assignNodeId(push: Push, taken: ReadonlySet<string>): string {
  const candidates = candidatesOf(push);
  const free = candidates.find((candidate) => !taken.has(candidate));
  if (free !== undefined) return free;
  throw new CodedError(
    'SCHEMA_INCOMPATIBLE',
    `data_factory.nodes has rows of others under ${candidates.join(', ')}`,
  );
}

function candidatesOf(push: Push): string[] {
  const named = `${push.nodeId}~${push.repository.id}`;
  return [push.nodeId, named, `${named}@${push.instance}`];
}

/** Node ids that rows of other programs hold. */
async function foreignNodeIds(client: ClientBase): Promise<Set<string>> {
  const { rows } = await client.query<{ node_id: string }>(
    `select node_id from data_factory.nodes where recorded_by is distinct from '${recordedBy}'`,
  );
  return new Set(rows.map((row) => row.node_id));
}

interface RepositoryRow {
  instance: string;
  repository_id: string;
  node_id: string;
  run_count: string;
  created_at: Date;
  last_push: Row;
}

export async function loadAllRepositories(client: ClientBase, at: Place): Promise<RepositoryState> {
  const { rows } = await client.query<RepositoryRow>(`select * from ${at(tables.repositories)}`);
  const takenNodeIds = await foreignNodeIds(client);
  for (const row of rows) takenNodeIds.add(row.node_id);
  return { byKey: new Map(rows.map(repositoryOf)), takenNodeIds };
}

/**
 * What these pushes need: their repositories, and which of the names that new ones may get are taken; and the
 * repositories of other events that get no new ones.
 */
export async function loadRepositories(
  client: ClientBase,
  at: Place,
  pushes: readonly DomainEvent<'PushReceived'>[],
  others: readonly RepositoryReference[] = [],
): Promise<RepositoryState> {
  const references = [...pushes.map(({ data }) => data), ...others];
  const seen = [...new Map(references.map((reference) => [repositoryKey(reference), reference])).values()];
  const held = await client.query<RepositoryRow>(
    `select held.* from ${at(tables.repositories)} held
     join unnest($1::text[], $2::bigint[]) as asked (instance, repository_id) using (instance, repository_id)`,
    [seen.map((push) => push.instance), seen.map((push) => push.repository.id)],
  );
  const byKey = new Map(held.rows.map(repositoryOf));
  const fresh = pushes.filter(({ data }) => !byKey.has(repositoryKey(data)));
  const candidates = fresh.flatMap(({ data }) => candidatesOf(data));
  if (candidates.length === 0) return { byKey, takenNodeIds: new Set() };
  const taken = await client.query<{ node_id: string }>(
    `select node_id from ${at(tables.repositories)} where node_id = any($1)
     union
     select node_id from data_factory.nodes where node_id = any($1) and recorded_by is distinct from '${recordedBy}'`,
    [candidates],
  );
  return { byKey, takenNodeIds: new Set(taken.rows.map((row) => row.node_id)) };
}

function repositoryOf(row: RepositoryRow): [string, Repository] {
  const repository = {
    instance: row.instance,
    repositoryId: Number(row.repository_id),
    nodeId: row.node_id,
    runCount: Number(row.run_count),
    createdAt: row.created_at.toISOString(),
    lastPush: row.last_push,
  };
  return [repositoryKey({ instance: row.instance, repository: { id: repository.repositoryId } }), repository];
}
