import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How a network fails; `half-open` keeps connections and passes nothing on, `lose answers` nothing back. */
export type Trouble = 'refuse' | 'half-open' | 'slow' | 'lose answers';

export interface ChaosProxy {
  readonly port: number;
  /** Resets what is there; new connections get through. */
  cut(): void;
  trouble(how: Trouble): void;
  /** All is well again. Connections on which something was lost are reset. */
  restore(): void;
  close(): Promise<void>;
}

/** So long is every packet on its way while the network is slow, in milliseconds. */
const slowMs = 150;

/** @param target the port on this machine; asked for with each connection, null where nothing listens */
export async function startChaosProxy(target: () => number | null): Promise<ChaosProxy> {
  const sockets = new Set<Socket>();
  let mode: Trouble | null = null;
  let lost = false;

  function pass(from: Socket, to: Socket, isAnswer: boolean): void {
    sockets.add(from);
    from.setNoDelay(true);
    let before = Promise.resolve();
    from.on('data', (bytes) => {
      if (mode === 'half-open' || (mode === 'lose answers' && isAnswer)) {
        lost = true;
        return;
      }
      if (mode !== 'slow') {
        // Behind what is still on its way.
        before = before.then(() => void to.write(bytes));
        return;
      }
      const arrival = delay(slowMs);
      before = before.then(() => arrival).then(() => void to.write(bytes));
    });
    from.on('end', () => {
      if (mode === 'half-open') lost = true;
      else before = before.then(() => void to.end());
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const port = target();
    if (mode === 'refuse' || port === null) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    pass(client, upstream, false);
    pass(upstream, client, true);
  });
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    trouble(how) {
      mode = how;
      if (how === 'refuse') cut();
    },
    restore() {
      mode = null;
      // Bytes are missing in them, which no TCP connection survives.
      if (lost) cut();
      lost = false;
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
