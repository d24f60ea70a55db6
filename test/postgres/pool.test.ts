import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createPool } from '../../src/postgres/pool.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { rejection } from '../support/condition.ts';

const message = (type: string, ...parts: (string | Buffer)[]) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
/** Let in, ready, and ended by an administrator: in one packet, as when a server is shut down just then. */
const welcomeAndGoodbye = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('Z', 'I'),
  message('E', 'SFATAL\0', 'VFATAL\0', 'C57P01\0', 'Mterminating connection\0', '\0'),
]);

it('survives a connection that is lost in the moment in which it is handed out', async () => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(welcomeAndGoodbye));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = createPool(`postgres://u@127.0.0.1:${port}/d`, 'test', createLogger('silent'));
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', note);
  try {
    const client = await pool.connect();
    expect(await rejection(client.query('select 1'))).toBeInstanceOf(Error);
    client.release(true);
    expect(uncaught).toEqual([]);
  } finally {
    process.off('uncaughtException', note);
    await pool.end();
    server.close();
  }
});
