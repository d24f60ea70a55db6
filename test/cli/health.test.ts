import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const command = fileURLToPath(new URL('../../bin/pushledger', import.meta.url));

async function health(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH, HOME } = process.env;
  const child = spawn(command, ['health', ...args], { env: { PATH, HOME, ...env }, cwd: '/' });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { status, stdout, stderr };
}

async function served<T>(
  listener: RequestListener,
  work: (port: string, url: string) => Promise<T>,
): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = String((server.address() as AddressInfo).port);
  try {
    return await work(port, `http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a service that is ready is 0 and silent, and is asked at the address of the configuration', async () => {
  const paths: (string | undefined)[] = [];
  await served(
    (request, response) => {
      paths.push(request.url);
      response.end('{}');
    },
    async (port, url) => {
      expect(await health([], { PORT: port })).toEqual({ status: 0, stdout: '', stderr: '' });
      expect((await health(['--live', '--url', `${url}/`])).status).toBe(0);
    },
  );
  expect(paths).toEqual(['/readyz', '/livez']);
});

test.each([
  ['is not ready', (_request, response) => void response.writeHead(503).end(), 'answers 503'],
  ['redirects', (_request, response) => void response.writeHead(302, { location: '/' }).end(), 'answers 302'],
  ['hangs', () => undefined, 'does not answer within'],
] as [string, RequestListener, string][])(
  'one that %s is 1, and why is said',
  async (_what, listener, said) => {
    await served(listener, async (_port, url) => {
      const { status, stderr } = await health(['--url', url]);
      expect(status).toBe(1);
      expect(stderr).toContain(said);
    });
  },
);

test('nobody there is 1, and a wrong call is 2', async () => {
  const gone = await served(
    () => undefined,
    async (_port, url) => url,
  );
  expect(await health(['--url', gone])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('ECONNREFUSED'),
  });
  expect((await health(['--url', 'nonsense'])).status).toBe(2);
  expect((await health(['--nonsense'])).status).toBe(2);
  expect((await health(['--help'])).stdout).toContain('--live');
});
