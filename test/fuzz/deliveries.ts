import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import pino from 'pino';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import { buildServer } from '../../src/http/server.ts';
import { hookPath, registerIngestRoute } from '../../src/ingest/route.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventOf, fixture, fixtureNames, testSecret } from '../support/delivery.ts';
import { seeded } from '../support/seeded.ts';
import { acceptedProblem } from './accepted.ts';
import { createLogStore } from './log-store.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { anyJson, type Json, mutateJson } from './mutate-json.ts';
import { chooseSteps, createOutcomes, type Step, type Target } from './target.ts';

/** Everything that this may be answered with. 503 is for a store that is away, and this one never is. */
const statuses = new Set([200, 400, 401, 413, 415, 422, 429]);
/** No delivery takes longer; a case that did is tried again, as the machine may have been busy. In milliseconds. */
const patienceMs = 1_000;
const bodyLimit = 1_024 * 1_024;

interface Request {
  json: Json;
  /** Takes the place of `json` once bytes were changed. */
  bytes: Buffer | null;
  headers: Record<string, string>;
  sign: 'rightly' | 'wrongly' | 'not';
  form: boolean;
}

const kinds = [
  [50, 'json'],
  [12, 'bytes'],
  [4, 'event'],
  [4, 'content type'],
  [3, 'content encoding'],
  [3, 'delivery id'],
  [3, 'other product'],
  [2, 'signature'],
  [2, 'any body'],
  [2, 'form'],
  [1, 'many commits'],
  [1, 'odd header'],
] as const;

/** Bodies and headers of deliveries, signed after they were changed, against the whole route in this process. */
export async function deliveryTarget(): Promise<Target> {
  const store = createLogStore();
  const app = buildServer(pino({ level: 'silent' }));
  registerIngestRoute(app, {
    store,
    clock: systemClock,
    secrets: [{ name: 'test', reveal: () => testSecret }],
    instance: 'gitea.test',
    owner: 'acme',
    ignore: ignoreNothing,
    bodyLimit,
  });
  await app.ready();
  const { outcomes, count } = createOutcomes();

  async function once(steps: readonly Step[]): Promise<string | null> {
    const { headers, body } = made(steps);
    const began = performance.now();
    const { statusCode, payload } = await app.inject({
      method: 'POST',
      url: hookPath,
      headers,
      payload: body,
    });
    const tookMs = performance.now() - began;
    const answer = parsed(payload);
    count(`${statusCode} ${answer?.error?.code ?? answer?.status ?? 'without a code'}`);
    if (!statuses.has(statusCode)) return `status ${statusCode}: ${payload.slice(0, 300)}`;
    if (answer === null) return `an answer that is no JSON: ${payload.slice(0, 300)}`;
    if (statusCode !== 200 && !answer.error?.code) return `an error without a code: ${payload.slice(0, 300)}`;
    if (tookMs > patienceMs) return `slow: it took ${tookMs.toFixed(0)} ms`;
    return statusCode === 200 ? acceptedProblem(store, answer, body, headers) : null;
  }

  return {
    name: 'deliveries',
    share: 60,
    atOnce: 1,
    outcomes,
    steps: (chance) => [
      { kind: 'base', seed: chance.bytes(6).toString('hex') },
      ...chooseSteps(chance, kinds, 4),
    ],
    async run(steps) {
      let problem = await once(steps);
      for (let again = 0; problem?.startsWith('slow') && again < 2; again++) problem = await once(steps);
      return problem;
    },
    show(steps) {
      const { headers, body } = made(steps);
      return `${JSON.stringify(headers, null, 1)}\n${JSON.stringify(body.toString('latin1').slice(0, 4_000))}`;
    },
    end: async () => {
      await app.close();
      return [];
    },
  };
}

function parsed(text: string): { status?: string; pushId?: string; error?: { code?: string } } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const fixtures = fixtureNames.map((name) => ({ event: eventOf(name), text: JSON.stringify(fixture(name)) }));

function made(steps: readonly Step[]): { headers: Record<string, string>; body: Buffer } {
  const request: Request = { json: {}, bytes: null, headers: {}, sign: 'rightly', form: false };
  for (const { kind, seed } of steps) change(request, kind, seed);
  let signed = request.bytes ?? Buffer.from(JSON.stringify(request.json));
  if (request.headers['content-encoding'] === 'gzip') signed = gzipSync(signed);
  // Never twice the same id, but for one in some thousand cases.
  const mac = (secret: string) => createHmac('sha256', secret).update(signed).digest('hex');
  const headers = { ...request.headers };
  if (request.sign === 'rightly') headers['x-gitea-signature'] ??= mac(testSecret);
  if (request.sign === 'wrongly') headers['x-gitea-signature'] = mac('another secret');
  const body = request.form
    ? Buffer.from(new URLSearchParams({ payload: signed.toString() }).toString())
    : signed;
  return { headers, body };
}

function change(request: Request, kind: string, seed: string): void {
  const chance = seeded(seed);
  const { headers } = request;
  switch (kind) {
    case 'base': {
      const base = fixtures[chance.integer(0, fixtures.length - 1)] ?? { event: 'push', text: '{}' };
      request.json = JSON.parse(base.text) as Json;
      if (chance.percent(80))
        Object.assign(request.json as object, { after: chance.bytes(20).toString('hex') });
      Object.assign(headers, {
        'content-type': 'application/json',
        'x-gitea-event': base.event,
        'x-gitea-delivery': uuidOf(chance.bytes(16)),
      });
      break;
    }
    case 'json':
      if (request.bytes === null) request.json = mutateJson(request.json, chance);
      break;
    case 'any body':
      request.json = anyJson(chance, 5);
      break;
    case 'bytes':
      request.bytes = mutateBytes(
        request.bytes ?? Buffer.from(JSON.stringify(request.json, null, 2)),
        chance,
      );
      break;
    case 'event':
      headers['x-gitea-event'] = chance.pick([
        'push',
        'delete',
        'create',
        'release',
        '',
        'PUSH',
        'a'.repeat(300),
      ]);
      break;
    case 'content type':
      headers['content-type'] = chance.pick([
        'application/json; charset=utf-8',
        'application/json;charset=latin1',
        'APPLICATION/JSON',
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/json, text/plain',
        ';',
        '',
      ]);
      break;
    case 'content encoding':
      headers['content-encoding'] = chance.pick(['gzip', 'identity', 'br', 'gzip, gzip', '']);
      break;
    case 'delivery id':
      headers['x-gitea-delivery'] = chance.pick([
        '',
        'x',
        '0',
        `{${uuidOf(chance.bytes(16))}}`,
        'f'.repeat(36),
        "'--",
      ]);
      break;
    case 'other product':
      renameProduct(headers, chance.pick(['forgejo', 'gogs', 'github']));
      break;
    case 'signature':
      request.sign = chance.pick(['wrongly', 'not']);
      if (chance.percent(50))
        headers['x-gitea-signature'] = chance.pick(['', 'z'.repeat(64), 'sha256=', '0']);
      break;
    case 'form':
      request.form = true;
      headers['content-type'] = 'application/x-www-form-urlencoded';
      break;
    case 'many commits':
      multiplyCommits(request.json, chance.integer(2, 60));
      break;
    case 'odd header':
      headers[
        chance.pick([
          'expect',
          'x-hub-signature',
          'x-hub-signature-256',
          'content-length',
          'via',
          'x-request-id',
        ])
      ] = chance.pick(['', '0', '-1', '1e3', 'sha1=', '100-continue', 'x'.repeat(5_000)]);
  }
}

function renameProduct(headers: Record<string, string>, product: string): void {
  for (const name of ['event', 'delivery']) {
    const value = headers[`x-gitea-${name}`];
    if (value === undefined) continue;
    delete headers[`x-gitea-${name}`];
    headers[`x-${product}-${name}`] = value;
  }
}

function multiplyCommits(json: Json, times: number): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || !Array.isArray(json.commits))
    return;
  const { commits } = json;
  json.commits = Array.from({ length: times }, () => structuredClone(commits)).flat();
}

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}
