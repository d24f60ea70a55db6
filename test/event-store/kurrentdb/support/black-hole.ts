import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a store and its server, and can lose connections without either side being told. */
export interface BlackHole {
  readonly port: number;
  /** Nothing gets through any longer on the connections that are open now. New ones work. */
  swallow(): void;
  close(): Promise<void>;
}

export async function startBlackHole(targetPort: number): Promise<BlackHole> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    const pair = [client, server] as const;
    pairs.add(pair);
    client.pipe(server);
    server.pipe(client);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => pairs.delete(pair));
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    swallow() {
      for (const [client, server] of pairs) {
        client.unpipe(server);
        server.unpipe(client);
        for (const socket of [client, server]) socket.resume();
      }
    },
    async close() {
      listener.close();
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await once(listener, 'close');
    },
  };
}
