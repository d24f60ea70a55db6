import { z } from 'zod';
import type { HookedRepository, HookList } from '../api/schemas/hooks.ts';
import type { DashboardPorts, HookState } from '../ports.ts';
import { pageOf, parseKey } from './cursor.ts';

interface NodeRow {
  repo_full_name: string;
  repo_url: string | null;
  run_count: string;
}

interface RecoveryRow {
  full_name: string;
  checked_at: Date | null;
  found: string;
  collapsed: string;
  found_at: Date | null;
  error: string | null;
}

/** All of them: as many as there are repositories. The last pushed first, and last those that nobody has pushed to. */
export async function readHookedRepositories(ports: DashboardPorts): Promise<readonly HookedRepository[]> {
  const [states, nodes, recoveries] = await Promise.all([
    ports.repositories(),
    ports.pool.query<NodeRow>(
      `select repo_full_name, repo_url, run_count from data_factory.nodes where recorded_by = 'pushledger'`,
    ),
    ports.pool.query<RecoveryRow>(
      'select full_name, checked_at, found, collapsed, found_at, error from pushledger.recoveries',
    ),
  ]);
  const nodeOf = new Map(nodes.rows.map((row) => [row.repo_full_name.toLowerCase(), row]));
  const recoveryOf = new Map(recoveries.rows.map((row) => [row.full_name.toLowerCase(), row]));
  return states
    .map((state) => {
      const name = state.fullName.toLowerCase();
      return hooked(state, nodeOf.get(name), recoveryOf.get(name));
    })
    .sort((one, other) => compareKeys(keyOf(one), keyOf(other)));
}

function hooked(
  { fullName, lastPushAt, hook }: HookState,
  node: NodeRow | undefined,
  recovery: RecoveryRow | undefined,
): HookedRepository {
  return {
    repository: fullName,
    url: node?.repo_url ?? null,
    hook,
    lastPushAt,
    pushes: Number(node?.run_count ?? 0),
    recovery: recovery
      ? {
          checkedAt: recovery.checked_at?.toISOString() ?? null,
          found: Number(recovery.found),
          collapsed: Number(recovery.collapsed),
          foundAt: recovery.found_at?.toISOString() ?? null,
          error: recovery.error,
        }
      : null,
  };
}

export function pageOfHooks(
  all: readonly HookedRepository[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): HookList {
  const after = parseKey(keySchema, cursor);
  const rest = after ? all.filter((each) => compareKeys(keyOf(each), after) > 0) : all;
  const { rows, nextCursor } = pageOf(rest.slice(0, limit + 1), limit, keyOf);
  return { repositories: [...rows], nextCursor };
}

const keySchema = z.tuple([z.string().max(40), z.string().max(1_000)]);
type Key = z.infer<typeof keySchema>;

function keyOf({ lastPushAt, repository }: HookedRepository): Key {
  return [lastPushAt ?? '', repository];
}

function compareKeys([time, name]: Key, [otherTime, otherName]: Key): number {
  if (time !== otherTime) return time > otherTime ? -1 : 1;
  return name < otherName ? -1 : Number(name > otherName);
}
