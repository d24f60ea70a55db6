import { createEventLog, type EventLog } from './event-log.ts';
import type { Member } from './gossip.ts';
import { type KurrentNode, startNode } from './node.ts';

export interface KurrentCluster {
  /** `esdb://` with all nodes. */
  readonly url: string;
  /** `esdb+discover://` with the first node. */
  readonly discoverUrl: string;
  readonly nodes: readonly KurrentNode[];
  readonly log: EventLog;
  leader(): KurrentNode;
  /** Another node becomes the leader; connections to the old one are destroyed, whatever is on its way there. */
  failOver(): void;
  /** No node leads from now on, until `failOver`. */
  loseLeader(): void;
  stop(): Promise<void>;
}

/** Nodes that share one log: what the leader has taken, the next leader has. */
export async function startKurrentCluster(size = 3): Promise<KurrentCluster> {
  const log = createEventLog();
  const nodes: KurrentNode[] = [];
  let leading: KurrentNode | null = null;
  let led = 0;

  const members = (): Member[] =>
    nodes.map((node) => ({
      port: node.port,
      state: node === leading ? 'leader' : leading ? 'follower' : 'unknown',
      alive: node.behaviour.manner !== 'unavailable',
    }));
  const lead = (next: KurrentNode | null) => {
    leading = next;
    if (next) led = nodes.indexOf(next);
    for (const node of nodes) {
      const elsewhere = next ? { address: '127.0.0.1', port: next.port } : 'unknown';
      node.behaviour.follows = node === next ? null : elsewhere;
    }
  };

  for (let n = 0; n < size; n++) nodes.push(await startNode({ log, members }));
  lead(nodes[0] ?? null);

  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
  return {
    url: `esdb://${hosts.join(',')}?tls=false`,
    discoverUrl: `esdb+discover://${hosts[0]}?tls=false`,
    nodes,
    log,
    leader() {
      if (!leading) throw new Error('no node leads');
      return leading;
    },
    failOver() {
      const old = nodes[led];
      lead(nodes[(led + 1) % nodes.length] ?? null);
      old?.cut();
    },
    loseLeader() {
      const old = leading;
      lead(null);
      old?.cut();
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
