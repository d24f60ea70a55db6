import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/config/secret.ts';
import { ask } from '../../src/doctor/http.ts';
import { GiteaClient } from '../../src/gitea/client.ts';
import { probeReceiver } from '../../src/gitea/hooks/probe-receiver.ts';
import { readRefusedCount } from '../../src/gitea/hooks/read-counts.ts';
import { createMatrixSender } from '../../src/notifier/matrix.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createDagEngine } from '../../src/trigger/dag-engine.ts';
import type { RunRequest } from '../../src/trigger/run-request.ts';
import { rejection } from '../support/condition.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { startTestService } from '../support/running-service.ts';

interface Listener {
  readonly url: string;
  readonly requests: IncomingMessage[];
  close(): void;
}

async function listen(
  answer: (request: IncomingMessage) => [number, Record<string, string>],
): Promise<Listener> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    const [status, headers] = answer(request);
    response.writeHead(status, headers).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

let elsewhere: Listener;
let bent: Listener;
beforeEach(async () => {
  elsewhere = await listen(() => [200, { 'content-type': 'application/json' }]);
  bent = await listen(({ url }) => [307, { location: `${elsewhere.url}${url}` }]);
});
afterEach(() => {
  elsewhere.close();
  bent.close();
});

const token = new Secret('a-token-of-the-tests');
const signal = new AbortController().signal;

describe('a redirect', () => {
  const ways: [string, () => Promise<unknown>][] = [
    [
      'Gitea',
      () =>
        new GiteaClient({ baseUrl: bent.url, token, clock: systemClock }).request(
          'GET',
          '/user',
          z.unknown(),
        ),
    ],
    [
      'dag_engine',
      () => {
        const request = { trigger: 'api', dag: 'x', run: { run_id: 'x' } } as unknown as RunRequest;
        return createDagEngine({ url: bent.url, token, clock: systemClock }).trigger(request, signal);
      },
    ],
    [
      'the homeserver',
      () =>
        createMatrixSender({ homeserverUrl: bent.url, accessToken: token.reveal() }).send({
          ...{ transactionId: 'x', room: '!room:x', plannedAt: new Date() },
          content: { msgtype: 'm.text', body: 'x' } as never,
        }),
    ],
    [
      'the doctor',
      () => ask(bent.url, { authorization: `Bearer ${token.reveal()}`, signal, now: () => new Date() }),
    ],
    ['the probe of a hook', () => probeReceiver(bent.url, token)],
    ['the count of refusals', () => readRefusedCount([bent.url])],
  ];

  it.each(ways)(
    'of %s is not followed, so that neither token nor content goes elsewhere',
    async (_name, call) => {
      await call().catch(() => undefined);
      expect(bent.requests.length).toBeGreaterThan(0);
      expect(elsewhere.requests).toEqual([]);
    },
  );

  it('of the homeserver is told with what to set', async () => {
    const sender = createMatrixSender({ homeserverUrl: bent.url, accessToken: 'x' });
    const device = sender.device;
    if (!device) throw new Error('no devices');
    expect(await rejection(device())).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('MATRIX_HOMESERVER_URL'),
    });
  });
});

describe('addresses in a delivery', () => {
  it('are stored and shown, and never asked', async () => {
    const service = await startTestService({
      env: { GITEA_URL: bent.url, GITEA_TOKEN: 'x-token', DAG_ENGINE_URL: bent.url },
    });
    try {
      const delivery = fixture('push-12-commits-capped-5');
      const text = JSON.stringify(delivery).replaceAll('https://gitea.test', elsewhere.url);
      expect(text).toContain(elsewhere.url);
      const answer = await post(service.url, { body: bytesOf(JSON.parse(text)) });
      expect(answer.body.status).toBe('accepted');
      await expect.poll(() => bent.requests.length, { timeout: 15_000 }).toBeGreaterThan(1);
      await expect.poll(() => service.console(), { timeout: 15_000 }).toContain('[widgets]');
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await service.stop();
    }
  });
});

describe('what goes out', () => {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));

  it('goes out by these files alone, to addresses of the configuration', () => {
    const callers = sources.filter(({ text }) => /\bfetch\(|from 'node:https?'|from 'undici'/.test(text));
    const onlyTypes = (text: string) =>
      !/\bfetch\(/.test(text) && !/^import (?!type).* from 'node:https?'/m.test(text);
    expect(
      callers
        .filter(({ text }) => !onlyTypes(text))
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      'cli/health.ts',
      'demo/deliver.ts',
      'doctor/http.ts',
      'gitea/client.ts',
      'gitea/hooks/probe-receiver.ts',
      'gitea/hooks/read-counts.ts',
      'notifier/matrix-client.ts',
      'trigger/dag-engine.ts',
    ]);
  });

  it('never follows a redirect', () => {
    for (const { path, text } of sources) {
      const calls = text.match(/\bfetch\(/g)?.length ?? 0;
      const settled = text.match(/redirect: '(manual|error)'/g)?.length ?? 0;
      expect(settled, path).toBeGreaterThanOrEqual(calls);
    }
  });

  it('no secret is compared but in constant time', () => {
    // Both sides of every comparison of a secret or a signature; what is compared with null says only whether it is there.
    const direct =
      /reveal\(\)\s*(?:[!=]==?)(?!\s*(?:null|undefined|''))|[!=]==?\s*[\w.?]*reveal\(\)|\.equals\([^)]*reveal\(\)/;
    expect(sources.filter(({ text }) => direct.test(text)).map(({ path }) => path)).toEqual([]);
    expect(direct.test('if (token === secret.reveal()) return;')).toBe(true);
    const constant = sources.filter(({ text }) => text.includes('timingSafeEqual('));
    expect(constant.map(({ path }) => path).toSorted()).toEqual([
      'audit/prove-body.ts',
      'dashboard/access/token.ts',
      'ingest/signature.ts',
    ]);
  });
});
