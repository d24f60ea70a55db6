import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildServer } from '../../src/http/server.ts';

const lines: Record<string, unknown>[] = [];
let app: ReturnType<typeof buildServer>;

beforeEach(() => {
  lines.length = 0;
  const logger = pino({ level: 'trace' }, { write: (line) => void lines.push(JSON.parse(line)) });
  app = buildServer(logger);
  app.get('/here', async (request) => {
    request.log.info('asked');
    return {};
  });
  app.get('/broken', async () => {
    throw new Error('a defect');
  });
});
afterEach(() => app.close());

const uuid = /^[0-9a-f-]{36}$/;

test('every answer has a request id, which is in its log lines', async () => {
  for (const url of ['/here', '/nowhere', '/broken']) {
    const { headers } = await app.inject(url);
    expect(headers['x-request-id'], url).toMatch(uuid);
    expect(lines.at(-1)?.requestId, url).toBe(headers['x-request-id']);
  }
});

test('a sane request id is taken from the request', async () => {
  for (const id of ['abc-123', '01HV3Z6Q9', '4bf92f3577b34da6a3ce929d0e0e4736', 'a:b/c=d+e_f.g']) {
    const { headers } = await app.inject({ url: '/here', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toBe(id);
  }
});

test('a request id that is not sane is replaced', async () => {
  for (const id of ['', '-x', 'a b', 'a"b', 'x'.repeat(129), '{x}', '<script>', 'é']) {
    const { headers } = await app.inject({ url: '/here', headers: { 'x-request-id': id } });
    expect(headers['x-request-id'], id).toMatch(uuid);
  }
});

test('every answer says what no browser may do with it', async () => {
  for (const url of ['/here', '/nowhere', '/broken']) {
    const { headers } = await app.inject(url);
    expect(headers, url).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy'], url).toContain("default-src 'none'");
    expect(headers, url).not.toHaveProperty('server');
    expect(headers, url).not.toHaveProperty('x-powered-by');
  }
});

test('what is no HTTP is answered with both as well', async () => {
  const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(address.port), address.hostname);
  socket.write('no http at all\r\n\r\n');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
  expect(answer).toContain('\r\nx-content-type-options: nosniff\r\n');
});
