import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

export interface Web {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers by path; undefined is 404. */
export async function startWeb(
  answer: (path: string) => { status?: number; body: unknown; headers?: Record<string, string> } | undefined,
): Promise<Web> {
  const server = createServer((request, response) => {
    const {
      status = 200,
      body,
      headers = {},
    } = answer(decodeURIComponent(request.url ?? '')) ?? {
      status: 404,
      body: { errcode: 'M_NOT_FOUND' },
    };
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Takes connections and never says a word. */
export async function startSilence(): Promise<Web & { readonly port: number }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A homeserver with one room, as far as a doctor asks it. */
export function startMatrix(change: Record<string, unknown> = {}): Promise<Web> {
  const answers: Record<string, unknown> = {
    '/account/whoami': { user_id: '@bot:example', device_id: 'PUSHLEDGER' },
    '/joined_rooms': { joined_rooms: ['!room:example'] },
    '/directory/room/#pushes:example': { room_id: '!room:example' },
    '/rooms/!room:example/state/m.room.power_levels': { users_default: 0, events_default: 0 },
    ...change,
  };
  return startWeb((path) => {
    if (path === '/_matrix/client/versions') return { body: { versions: [] } };
    const body = answers[path.replace('/_matrix/client/v3', '')];
    return body === undefined ? undefined : { body };
  });
}
