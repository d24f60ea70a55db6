import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request of the service, as the homeserver answered it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly retryAfter: string | null;
  /** Of a request that sends a message; null for all others. */
  readonly transactionId: string | null;
  readonly body: string;
}

/** Stands between the service and the homeserver, sees what goes through, and can lose an answer. */
export interface MatrixProxy {
  readonly url: string;
  /** In the order of the answers. */
  readonly exchanges: readonly Exchange[];
  /** Those that sent a message or an edit, or were to. */
  sends(): readonly Exchange[];
  /**
   * Resolves when the homeserver has answered the next message. The service never hears of it: it waits (`keep`), or
   * its connection is cut.
   */
  loseNextAnswer(how: 'keep' | 'cut'): Promise<Exchange>;
  close(): Promise<void>;
}

const sendPath = /^\/_matrix\/client\/v3\/rooms\/[^/]+\/send\/[^/]+\/([^/?]+)/;

export async function startMatrixProxy(target: string): Promise<MatrixProxy> {
  const exchanges: Exchange[] = [];
  let lose: { how: 'keep' | 'cut'; told: (exchange: Exchange) => void } | null = null;

  async function forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = incoming;
    const body = await buffer(incoming);
    const answer = await fetch(`${target}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(incoming.headers.authorization && { authorization: incoming.headers.authorization }),
      },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    const retryAfter = answer.headers.get('retry-after');
    const transactionId = sendPath.exec(path)?.[1] ?? null;
    const exchange = { method, path, status: answer.status, retryAfter, transactionId, body: text };
    exchanges.push(exchange);
    if (transactionId !== null && lose) {
      if (lose.how === 'cut') response.destroy();
      lose.told(exchange);
      lose = null;
      return;
    }
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'application/json',
      ...(retryAfter !== null && { 'retry-after': retryAfter }),
    });
    response.end(text);
  }

  const server = createServer((incoming, response) => {
    // The homeserver is away: so is this, as far as the service can tell.
    forward(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    sends: () => exchanges.filter(({ transactionId }) => transactionId !== null),
    loseNextAnswer: (how) =>
      new Promise((resolve) => {
        lose = { how, told: resolve };
      }),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
