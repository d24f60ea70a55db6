import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { deliveryOf } from './request.ts';

/**
 * Keeps so many connections open that say a little now and then and never come to an end, half of them in their headers
 * and half in their bodies, until the signal aborts. One that is closed is opened again.
 *
 * @returns how many had to be opened again
 */
export async function slowloris(port: number, connections: number, signal: AbortSignal): Promise<number> {
  const { bytes } = deliveryOf('slow', 'no secret of theirs');
  const endOfHead = bytes.indexOf('\r\n\r\n') + 4;
  const open = new Set<Socket>();
  let opened = 0;

  function start(): void {
    const head = bytes.subarray(0, opened % 2 === 0 ? 40 : endOfHead);
    opened++;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.resume();
    socket.write(head);
    open.add(socket);
  }

  while (!signal.aborted) {
    while (open.size < connections) start();
    for (const socket of open) socket.write('a');
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
  for (const socket of open) socket.destroy();
  return opened - connections;
}
