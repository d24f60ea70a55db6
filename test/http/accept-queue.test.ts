import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchAcceptQueue } from '../../src/http/accept-queue.ts';
import { createQueueGauge } from '../../src/http/queue-gauge.ts';
import { until } from '../support/condition.ts';

const limits = { waitMs: 20, others: 10, intervalMs: 1, patienceMs: 60_000 };
const many = 40;

let server: Server;
let queue: { isLong(): boolean };
let sockets: Socket[];
let now: number;
/** For each connection but the probes: whether the queue was long when it was accepted. */
let found: boolean[];

beforeEach(() => {
  sockets = [];
  found = [];
  now = 0;
  server = createServer();
  queue = watchAcceptQueue(server, createQueueGauge(limits), () => now);
  server.on('connection', (socket: Socket) => {
    if (socket.destroyed) return;
    found.push(queue.isLong());
    // What the server works before it accepts another.
    now += 4;
  });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

/** All of them are in the queue before the first is accepted. */
function open(count: number): Promise<boolean> {
  const { port } = server.address() as AddressInfo;
  for (let number = 0; number < count; number++) {
    sockets.push(connect(port, '127.0.0.1').on('error', () => undefined));
  }
  return until('they are accepted', () => found.length === sockets.length);
}

const openConnections = () =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

describe.each(['127.0.0.1', '0.0.0.0'])('a server on %s', (host) => {
  beforeEach(async () => {
    await once(server.listen(0, host), 'listening');
  });

  test('knows that many wait, while they wait, and that they no longer do', async () => {
    await open(many);
    expect(found.indexOf(true)).toBe(limits.others);
    expect(found.at(-1)).toBe(true);
    await until('a short queue', async () => (await open(1)) && !queue.isLong());
  });

  test('has no queue where it accepts as fast as they come', async () => {
    for (let number = 0; number < many; number++) await open(1);
    expect(found).not.toContain(true);
  });
});

test('a probe is closed at once, and nobody is told of it', async () => {
  const told: unknown[] = [];
  server.on('request', (request) => told.push(request)).on('clientError', (error) => told.push(error));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await open(many);
  for (const socket of sockets) socket.destroy();
  await until('nothing is open', async () => (await openConnections()) === 0);
  expect(told).toEqual([]);
});
