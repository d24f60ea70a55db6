import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface PrefixProxy {
  /** Ends with a slash. */
  readonly address: string;
  close(): Promise<void>;
}

/** A reverse proxy that puts a service below a path, with the headers that one is asked to pass. */
export async function startPrefixProxy(target: string, prefix: string): Promise<PrefixProxy> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    if (!path.startsWith(prefix)) {
      outgoing.writeHead(404).end('not below the prefix');
      return;
    }
    const forwarded = request(new URL(`/${path.slice(prefix.length)}`, target), {
      method: incoming.method,
      headers: {
        ...incoming.headers,
        'x-forwarded-for': '192.0.2.7',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': incoming.headers.host,
      },
    });
    forwarded.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, outgoing, () => undefined);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${prefix}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
