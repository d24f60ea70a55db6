import { Agent, request } from 'node:http';
import { endpoints } from '../../src/dashboard/api/endpoints/all.ts';
import { seeded } from '../support/seeded.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { anyJson } from './mutate-json.ts';
import { adminToken } from './network.ts';
import { chooseSteps, createOutcomes, type Step, type Target } from './target.ts';

const patienceMs = 1_000;
/** By design: the database is away, or as many viewers are there as there may be. */
const allowed503 = new Set(['READ_UNAVAILABLE', 'VIEWERS_FULL']);
/** It makes requests of its own, and says how long that took by itself. */
const slowPaths = new Set(['/api/doctor']);

interface Call {
  method: string;
  path: string;
  params: Record<string, string>;
  query: [string, string][];
  headers: Record<string, string>;
  body: Buffer | null;
}

/** Requests to the API, with parameters that are nearly or not at all what is expected. */
export function apiTarget(address: string, pushIds: readonly string[]): Target {
  const { outcomes, count } = createOutcomes();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  // A rebuild works on everything, and is one at a time: nothing to ask for a thousand times.
  // And wrong sign-ins lock everybody out for a while.
  const left = ['/api/rebuilds', '/api/session'];
  const known = endpoints.filter(({ path, method }) => !(left.includes(path) && method === 'POST'));

  function made(steps: readonly Step[]): Call {
    const call: Call = { method: 'GET', path: '/api/pushes', params: {}, query: [], headers: {}, body: null };
    for (const { kind, seed } of steps) {
      const chance = seeded(seed);
      const value = () =>
        chance.weighted<() => string>([
          [3, () => chance.pick(oddValues)],
          [2, () => pushIds[chance.integer(0, pushIds.length - 1)] ?? ''],
          [1, () => mutateBytes(Buffer.from(chance.pick(oddValues)), chance).toString('latin1')],
        ])();
      switch (kind) {
        case 'endpoint': {
          const endpoint = known[chance.integer(0, known.length - 1)];
          if (!endpoint) break;
          call.method = endpoint.method;
          call.path = endpoint.path;
          for (const name of Object.keys(endpoint.params?.shape ?? {})) {
            call.params[name] = chance.percent(60)
              ? (pushIds[chance.integer(0, pushIds.length - 1)] ?? '')
              : value();
          }
          for (const name of Object.keys(endpoint.query?.shape ?? {})) {
            if (chance.percent(35)) call.query.push([name, value()]);
          }
          if (endpoint.body) call.body = Buffer.from(JSON.stringify(anyJson(chance)));
          break;
        }
        case 'parameter':
          call.query.push([
            chance.pick(['limit', 'cursor', 'q', 'repo', 'since', 'zone', '__proto__', 'x']),
            value(),
          ]);
          break;
        case 'token':
          // A wrong one now and then: after some of them everybody is told to wait.
          call.headers.authorization = chance.percent(99.9)
            ? `Bearer ${adminToken}`
            : chance.pick(['Bearer x', 'Basic eDp5', 'Bearer ']);
          break;
        case 'header':
          call.headers[
            chance.pick(['host', 'origin', 'cookie', 'x-forwarded-for', 'last-event-id', 'accept', 'range'])
          ] = headerText(value());
          break;
        case 'body':
          call.headers['content-type'] = chance.pick(['application/json', 'text/plain', 'application/xml']);
          call.body = chance.percent(50)
            ? Buffer.from(JSON.stringify(anyJson(chance)))
            : mutateBytes(Buffer.from('{"token":"x","expected":1}'), chance);
          break;
        case 'method':
          call.method = chance.pick(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);
          break;
        case 'path':
          call.path = mutateBytes(Buffer.from(call.path), chance)
            .toString('latin1')
            .replaceAll(/[^\x21-\x7e]/g, '%c3');
      }
    }
    return call;
  }

  async function once(steps: readonly Step[]): Promise<string | null> {
    const call = made(steps);
    const began = performance.now();
    const { status, body, type } = await send(call);
    const tookMs = performance.now() - began;
    if (status === null) {
      // No request at all by Node's own client, or a stream of events that was left again.
      count(type);
      return null;
    }
    const json =
      type.startsWith('application/json') && body !== '' && call.method !== 'HEAD' ? parsed(body) : undefined;
    if (json === null) return `${status}: no JSON: ${body.slice(0, 300)}`;
    const code = json?.error?.code ?? '';
    count(`${status} ${code}`);
    if (status >= 500 && !(status === 503 && allowed503.has(code)))
      return `status ${status}: ${body.slice(0, 500)}`;
    if (status >= 400 && call.method !== 'HEAD' && code === '' && type.startsWith('application/json'))
      return `${status} without a code: ${body.slice(0, 300)}`;
    return tookMs > patienceMs && !slowPaths.has(call.path) ? `slow: it took ${tookMs.toFixed(0)} ms` : null;
  }

  function send({ method, path, params, query, headers, body }: Call) {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(wellFormed(params[name] ?? '')),
    );
    const search = query.map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(wellFormed(value))}`,
    );
    const url = `${filled}${search.length > 0 ? `?${search.join('&')}` : ''}`;
    return new Promise<{ status: number | null; body: string; type: string }>((resolve) => {
      const { hostname, port } = new URL(address);
      const length = body ? { 'content-length': String(body.length) } : {};
      const typed = body && !headers['content-type'] ? { 'content-type': 'application/json' } : {};
      try {
        const sent = request(
          { hostname, port, path: url, method, agent, headers: { ...typed, ...headers, ...length } },
          (response) => {
            const type = response.headers['content-type'] ?? '';
            if (type.startsWith('text/event-stream')) {
              sent.destroy();
              resolve({ status: null, body: '', type: 'a stream of events' });
              return;
            }
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', () => resolve({ status: null, body: '', type: 'cut off' }));
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), type }),
            );
          },
        );
        sent.on('error', () => resolve({ status: null, body: '', type: 'cut off' }));
        sent.end(body ?? undefined);
      } catch {
        resolve({ status: null, body: '', type: 'no request that can be sent' });
      }
    });
  }

  return {
    name: 'api',
    share: 10,
    atOnce: 16,
    outcomes,
    steps: (chance) => [
      { kind: 'endpoint', seed: chance.bytes(6).toString('hex') },
      ...chooseSteps(
        chance,
        [
          [4, 'parameter'],
          [10, 'token'],
          [4, 'header'],
          [3, 'body'],
          [2, 'method'],
          [2, 'path'],
        ],
        3,
      ),
    ],
    async run(steps) {
      let problem = await once(steps);
      for (let again = 0; problem?.startsWith('slow') && again < 3; again++) problem = await once(steps);
      return problem;
    },
    show: (steps) => JSON.stringify({ ...made(steps), body: made(steps).body?.toString('latin1') }, null, 1),
    end: async () => {
      agent.destroy();
      return [];
    },
  };
}

const oddValues: readonly [string, ...string[]] = [
  '',
  '0',
  '-1',
  '1',
  '200',
  '201',
  '1e9',
  '9'.repeat(30),
  'NaN',
  '\0',
  'a\0b',
  '\ud800',
  '%',
  '_',
  '\\',
  "'; select pg_sleep(5); --",
  '"a phrase" -not or',
  '((((',
  'a & | ! b',
  'acme/widgets',
  '2026-02-30',
  '2026-11-24',
  '2026-11-24T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '-271821-04-20T00:00:00Z',
  'Europe/Berlin',
  'posix/UTC',
  '../../etc/passwd',
  'eyJ9',
  'WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsIngiXQ',
  'x'.repeat(3_000),
  'ignored',
  'true',
];

function wellFormed(text: string): string {
  return text.toWellFormed();
}

function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 1_000);
}

function parsed(text: string): { error?: { code?: string } } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
