import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { startOfLog } from '../../src/events/ids.ts';
import { fixtureBytes, headersOf } from '../support/delivery.ts';
import { startHook } from './support/hook.ts';

/** The store's part does not matter here: only what happens on the wire before it. */
const acceptingStore = {
  kind: 'double',
  append: () => Promise.resolve({ outcome: 'stored', position: startOfLog }),
} as unknown as EventStore;

describe('a connection to the hook', () => {
  let app: FastifyInstance;
  let port: number;
  const body = fixtureBytes('push-force-rewrite');

  beforeAll(async () => {
    ({ app, port } = await startHook(acceptingStore, { requestTimeoutMs: 1_000 }));
  });
  afterAll(() => app.close());

  function requestText(length: number | 'chunked'): string {
    const headers = { ...headersOf({ body }), host: 'localhost' };
    const framing = length === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${length}`;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return `POST /webhook/gitea HTTP/1.1\r\n${[...lines, framing].join('\r\n')}\r\n\r\n`;
  }

  /** All that the server says until it closes the connection. */
  async function exchange(...parts: (string | Buffer)[]): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    // The server may close while we still write; what it said before is what counts.
    socket.on('error', () => undefined);
    for (const part of parts) socket.write(part);
    await once(socket, 'close');
    return Buffer.concat(chunks).toString();
  }

  test('is closed after the answer', async () => {
    const answer = await exchange(requestText(body.length), body);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*connection: close\r\n/);
    expect(answer).toContain('"status":"accepted"');
  });

  test('takes a chunked body', async () => {
    const chunk = (part: Buffer) =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
    const halves = [chunk(body.subarray(0, 100)), chunk(body.subarray(100))];
    expect(await exchange(requestText('chunked'), ...halves, '0\r\n\r\n')).toContain('"status":"accepted"');
  });

  test('that sends half a body and then nothing is cut off with 408', async () => {
    const answer = await exchange(requestText(body.length), body.subarray(0, 100));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('REQUEST_TIMEOUT');
  });

  test('that never ends its headers is cut off with 408', async () => {
    expect(await exchange('POST /webhook/gitea HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('that is no HTTP gets 400', async () => {
    expect(await exchange('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('with headers beyond all measure gets 431', async () => {
    const answer = await exchange(
      `POST /webhook/gitea HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(40_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('with two lengths that disagree gets 400, not two requests', async () => {
    const smuggled = requestText('chunked').replace('\r\n\r\n', '\r\ncontent-length: 4\r\n\r\n');
    const answer = await exchange(smuggled, '0\r\n\r\nGET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('that sends a larger body than announced is not read beyond the announced one', async () => {
    const answer = await exchange(requestText(body.length), body, 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('sees the 413 even while it is still sending', async () => {
    const answer = await exchange(requestText(1_000_000), Buffer.alloc(1_000_000));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('BODY_TOO_LARGE');
  });

  test('sees the 413 for a chunked body as soon as it is too large', async () => {
    const chunk = Buffer.concat([Buffer.from('20000\r\n'), Buffer.alloc(0x20000), Buffer.from('\r\n')]);
    expect(await exchange(requestText('chunked'), chunk, '0\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('that was broken off in the middle leaves the server as it was', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(requestText(body.length));
    socket.write(body.subarray(0, 50));
    await once(socket, 'ready');
    socket.resetAndDestroy();
    expect(await exchange(requestText(body.length), body)).toContain('"status":"accepted"');
  });

  test('with an expectation that nobody knows is answered as any other', async () => {
    const text = requestText(body.length).replace('\r\n\r\n', '\r\nexpect: 200-ok\r\n\r\n');
    const answer = await exchange(text, body);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('that asks for an address which cannot be read gets an error of ours', async () => {
    const answer = await exchange('GET /%c3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"REQUEST_MALFORMED"');
  });
});
