import type { DomainEvent } from '../../events/event.ts';
import type { Subscriber } from '../../subscription/subscriber.ts';
import { nodeIdsOf, repositoryKey } from './node-ids.ts';
import { type NodeRow, nodeOf, type RunRow, runOf } from './rows.ts';
import * as statements from './statements.ts';

/** What a batch of pushes adds to `data_factory`. */
export interface DataFactoryRows {
  readonly nodes: readonly NodeRow[];
  readonly runs: readonly RunRow[];
}

/** @param nodeIds the node of each repository, by its key */
export function foldPushes(
  pushes: readonly DomainEvent<'PushReceived'>[],
  nodeIds: ReadonlyMap<string, string>,
): DataFactoryRows {
  const byNode = Map.groupBy(pushes, ({ data }) => nodeIds.get(repositoryKey(data)) ?? data.nodeId);
  const nodes: NodeRow[] = [];
  const runs: RunRow[] = [];
  for (const [nodeId, ofNode] of byNode) {
    const node = nodeOf(ofNode, nodeId);
    if (node) nodes.push(node);
    for (const push of ofNode) runs.push(runOf(push, nodeId));
  }
  return { nodes, runs };
}

/** Keeps `data_factory.nodes` and `data_factory.runs`: a node for each repository, a run for each push. */
export const dataFactory: Subscriber = {
  name: 'data_factory',
  async handle(transaction, events) {
    const pushes = events.filter((event) => event.type === 'PushReceived');
    if (pushes.length === 0) return;
    const rows = foldPushes(pushes, await nodeIdsOf(transaction, pushes));
    await transaction.query(statements.upsertNodes, [JSON.stringify(rows.nodes)]);
    await transaction.query(statements.insertRuns, [JSON.stringify(rows.runs)]);
  },
};
