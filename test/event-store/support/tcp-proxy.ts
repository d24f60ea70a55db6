import { once } from 'node:events';
import { type AddressInfo, createServer, connect as openSocket, type Socket } from 'node:net';

/** Stands between a client and PostgreSQL, and fails in the ways a network fails. */
export interface TcpProxy {
  /** The URL that leads through the proxy. */
  readonly url: string;
  /** Resets all connections; new ones get through. */
  cut(): void;
  /** Resets all connections and refuses new ones, until `restore`. */
  refuse(): void;
  /** Takes connections and bytes, and passes nothing on in either direction, until `restore`. */
  freeze(): void;
  /** From the moment at which a client says this text: passes on what it says and keeps the answers to itself. */
  keepAnswersTo(text: string): void;
  /** Whether a client has said that text. */
  keepsAnswers(): boolean;
  restore(): void;
  /** The connections whose answers were held back are reset, and the answers are lost; new ones work. */
  restoreWithoutAnswers(): void;
  close(): Promise<void>;
}

type Mode = 'pass' | 'refuse' | 'freeze' | 'keep-answers';

/** A proxy in front of the server of a database URL. */
export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let mode: Mode = 'pass';
  /** What was held back, in order. */
  let held: (() => void)[] = [];
  let trigger: string | null = null;

  const pass = (from: Socket, to: Socket, stops: readonly Mode[]) => {
    const unlessStopped = (send: () => void) => {
      if (stops.includes(mode)) held.push(send);
      else send();
    };
    from.on('data', (bytes) => unlessStopped(() => void to.write(bytes)));
    // A frozen side does not answer a goodbye either.
    from.on('end', () => unlessStopped(() => void to.end()));
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    sockets.add(from);
  };
  const cut = () => {
    held = [];
    trigger = null;
    for (const socket of sockets) socket.resetAndDestroy();
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (mode === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const upstream = openSocket({
      port: Number(target.port),
      host: target.hostname,
      allowHalfOpen: true,
    });
    client.on('data', (bytes) => {
      if (trigger !== null && bytes.includes(trigger)) mode = 'keep-answers';
    });
    pass(client, upstream, ['freeze']);
    pass(upstream, client, ['freeze', 'keep-answers']);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;

  return {
    url: url.href,
    cut,
    refuse() {
      mode = 'refuse';
      cut();
    },
    freeze() {
      mode = 'freeze';
    },
    keepAnswersTo(text) {
      trigger = text;
    },
    keepsAnswers: () => mode === 'keep-answers',
    restore() {
      mode = 'pass';
      trigger = null;
      for (const send of held) send();
      held = [];
    },
    restoreWithoutAnswers() {
      mode = 'pass';
      cut();
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
