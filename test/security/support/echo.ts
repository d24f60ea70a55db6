import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Echo {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/**
 * Gitea, Matrix and dag_engine in one, of the worst kind: it lets the account in, and then answers everything with an
 * error that quotes all that it was sent, headers and body, in every field that anybody may read.
 */
export async function startEcho(): Promise<Echo> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const said = `you sent ${JSON.stringify(request.headers)} ${await text(request)}`;
    const [status, body] = path.includes('/account/whoami')
      ? [200, { user_id: '@bot:echo.test', device_id: 'ECHO' }]
      : path.includes('/api/v1/user')
        ? [200, { login: 'bot' }]
        : [400, { errcode: 'M_BAD_JSON', error: said, message: said, detail: said }];
    const quoted = said.replaceAll(/[^ -~]/g, '').slice(0, 2_000);
    response.writeHead(Number(status), { 'content-type': 'application/json', 'x-quoted': quoted });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
