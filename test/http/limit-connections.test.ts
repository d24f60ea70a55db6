import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limitConnections } from '../../src/http/limit-connections.ts';

const most = 3;
const whole = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

let server: Server;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  server = createServer((request, response) => {
    request.resume().once('end', () => {
      if (request.url === '/held') return;
      response.end('answered');
    });
  });
  limitConnections(server, most);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

/** A connection on which so much was said, and which the server has accepted. */
async function open(text = ''): Promise<Socket> {
  const accepted = once(server, 'connection');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await accepted;
  if (text !== '') socket.write(text);
  return socket;
}

test('the oldest connection that says nothing makes room for a new one', async () => {
  const oldest = await open('GET / HT');
  const [second] = [await open(), await open()];
  const gone = once(oldest, 'close');
  const last = await open(whole);
  await gone;
  expect(String(await once(last, 'data'))).toContain('answered');
  expect(second.destroyed).toBe(false);
});

test('one with half a body is among those that make room', async () => {
  const slow = await open('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
  await once(server, 'request');
  await open();
  await open();
  const gone = once(slow, 'close');
  await open();
  await gone;
});

test('one whose request is being answered stays, however old it is', async () => {
  const held = await open('GET /held HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(server, 'request');
  const second = await open();
  await open();
  const gone = once(second, 'close');
  await open();
  await gone;
  expect(held.destroyed).toBe(false);
});

test('one that was answered and is kept open makes room again', async () => {
  const kept = await open(whole);
  await once(kept, 'data');
  await open();
  await open();
  const gone = once(kept, 'close');
  await open();
  await gone;
});
