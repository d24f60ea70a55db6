import { createEventLog, type EventLog } from './event-log.ts';
import { type KurrentNode, startNode } from './node.ts';

export interface KurrentServer extends KurrentNode {
  /** As `EVENT_STORE_URL` has it. */
  readonly url: string;
  readonly log: EventLog;
}

export interface KurrentServerOptions {
  readonly port?: number;
  /** Where the log is kept; in memory alone when absent. */
  readonly data?: string;
  readonly tls?: boolean;
  /** `user:password` that calls must show. Checked over TLS only: elsewhere the client shows nothing. */
  readonly user?: string;
}

/** A server of one node that speaks the protocol of KurrentDB, and misbehaves on request. */
export async function startKurrentServer(options: KurrentServerOptions = {}): Promise<KurrentServer> {
  const log = createEventLog(options.data);
  const node: KurrentNode = await startNode({
    log,
    members: () => [{ port: node.port, state: 'leader', alive: true }],
    ...options,
  });
  const user = options.user ? `${options.user}@` : '';
  const url = `esdb://${user}127.0.0.1:${node.port}?tls=${options.tls === true}`;
  return Object.assign(node, {
    url,
    log,
    stop: async () => {
      await node.refuse();
      log.close();
    },
  });
}
