import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createQueueGauge } from './queue-gauge.ts';

const monotonicMs = () => performance.now();

/**
 * Tells whether connections wait long in the kernel's queue before they are accepted. Node accepts one in each round of
 * its loop (libuv, pull request 3696) and works on what it has before the next: under an overload thousands wait there,
 * and nothing in the process sees them. So a connection of the server to itself joins the queue up to ten times a second
 * while others come, and is closed when it comes out.
 *
 * @param nowMs of any one clock that never goes back
 */
export function watchAcceptQueue(
  server: Server,
  gauge = createQueueGauge(),
  nowMs = monotonicMs,
): { isLong(): boolean } {
  let probe: Socket | null = null;

  function send(): void {
    const address = server.address();
    // Null: it is closing. And at a path no strangers wait.
    if (address === null || typeof address === 'string') return;
    probe?.destroy();
    const sent = connect(address.port, reachable(address.address));
    probe = sent;
    gauge.sent(nowMs());
    const ended = () => {
      if (probe === sent) arrived();
    };
    // One that cannot be sent tells nothing: the next one may.
    sent.on('error', ended).on('close', ended).unref();
  }

  function arrived(): void {
    probe?.destroy();
    probe = null;
    gauge.arrived(nowMs());
  }

  server.on('connection', (socket: Socket) => {
    // From the same port of another machine comes somebody else.
    if (probe && socket.remotePort === probe.localPort && socket.remoteAddress === probe.localAddress) {
      socket.destroy();
      arrived();
      return;
    }
    gauge.passed();
    if (gauge.isProbeDue(nowMs())) send();
  });
  return { isLong: () => gauge.isLong(nowMs()) };
}

/** Where a server is reached from its own machine. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
