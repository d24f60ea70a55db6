import type { DomainEvent } from '../../events/event.ts';
import type { Projection } from '../projection.ts';
import { amendmentOf, type Row } from '../table.ts';
import { failedRunRow, triggeredRunRow } from './dag-run.ts';
import { enrichedRuns, runCommitCount, runCommits } from './enriched-run.ts';
import {
  assignNodeId,
  loadAllRepositories,
  loadRepositories,
  type Repository,
  type RepositoryState,
  repositoryKey,
} from './repositories.ts';
import { lastPushOf, nodeRow, repositoryRow, runRow, startOf } from './rows.ts';
import * as tables from './tables.ts';

const isPush = (event: DomainEvent) => event.type === 'PushReceived';

const isDagEvent = (event: DomainEvent) => event.type === 'DagTriggered' || event.type === 'DagTriggerFailed';

/** dag_engine may give one run id to two pushes, however it is asked: the later one then has the row. */
const dagRuns = amendmentOf(tables.runs);

/** Keeps `data_factory`: a node for each repository, a run for each push and for each DAG that one started. */
export const dataFactory: Projection<RepositoryState> = {
  name: 'data_factory',
  version: 2,
  tables: [tables.repositories, tables.nodes, tables.runs],
  amendments: [dagRuns, runCommits, runCommitCount],

  empty: () => ({ byKey: new Map(), takenNodeIds: new Set() }),
  load: (client, at, events) =>
    loadRepositories(
      client,
      at,
      events.filter(isPush),
      events.filter(isDagEvent).map(({ data }) => data),
    ),
  loadAll: loadAllRepositories,

  fold(state, events) {
    const runs: Row[] = [];
    const started: Row[] = [];
    const touched = new Map<string, Repository>();
    for (const event of events) {
      if (isDagEvent(event)) {
        started.push(dagRunRow(state, event));
        continue;
      }
      if (event.type !== 'PushReceived') continue;
      const key = repositoryKey(event.data);
      const repository = withPush(state, state.byKey.get(key), event);
      state.byKey.set(key, repository);
      touched.set(key, repository);
      runs.push(runRow(event, repository.nodeId));
    }
    const repositories = [...touched.values()];
    return new Map([
      [tables.repositories, repositories.map(repositoryRow)],
      [tables.nodes, repositories.map(nodeRow)],
      [tables.runs, runs],
      [dagRuns, started],
      ...enrichedRuns(events),
    ]);
  },
};

/** On the node of its push, in whose counts it does not appear. No node is known where that push could not be taken. */
function dagRunRow(state: RepositoryState, event: DomainEvent<'DagTriggered' | 'DagTriggerFailed'>): Row {
  const nodeId = state.byKey.get(repositoryKey(event.data))?.nodeId ?? null;
  return event.type === 'DagTriggered' ? triggeredRunRow(event, nodeId) : failedRunRow(event, nodeId);
}

/**
 * The repository with one push more. Last is the push that started last, wherever it stands in the log: one that is
 * handled late (it was parked, or recovered) does not hide a later one.
 */
function withPush(
  state: RepositoryState,
  known: Repository | undefined,
  event: DomainEvent<'PushReceived'>,
): Repository {
  const { data } = event;
  const lastPush = lastPushOf(event);
  const startedAt = startOf(data);
  if (!known) {
    const nodeId = assignNodeId(data, state.takenNodeIds);
    state.takenNodeIds.add(nodeId);
    const { instance, repository } = data;
    return { instance, repositoryId: repository.id, nodeId, runCount: 1, createdAt: startedAt, lastPush };
  }
  return {
    ...known,
    runCount: known.runCount + 1,
    createdAt: startedAt < known.createdAt ? startedAt : known.createdAt,
    lastPush: isLater(lastPush, known.lastPush) ? lastPush : known.lastPush,
  };
}

function isLater(one: Row, other: Row): boolean {
  const orderOf = (row: Row) => `${row.last_run_at} ${row.last_run_id}`;
  return orderOf(one) > orderOf(other);
}
