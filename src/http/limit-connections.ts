import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds how many connections are open. Where one more comes, the one that has waited longest without a whole request
 * has to go: whoever opens thousands and says nothing, or goes on saying a little, then only takes the place of his own,
 * and an honest delivery, which is here whole within milliseconds, gets in. Were the new one turned away, as `maxConnections`
 * of Node does, he would shut out everybody.
 */
export function limitConnections(server: Server, most: number): void {
  // In the order in which they came: a Map keeps it. With the request that is being read or answered.
  const open = new Map<Socket, IncomingMessage | null>();

  function endOldest(): void {
    for (const [socket, request] of open) {
      if (request?.complete) continue;
      open.delete(socket);
      socket.destroy();
      return;
    }
  }

  server.on('connection', (socket: Socket) => {
    if (open.size >= most) endOldest();
    open.set(socket, null);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (!open.has(socket)) return;
    open.set(socket, request);
    response.once('finish', () => {
      if (open.get(socket) === request) open.set(socket, null);
    });
  });
}
