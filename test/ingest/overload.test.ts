import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAdmission } from '../../src/ingest/admission.ts';
import { createRefusals } from '../../src/ingest/refusals.ts';
import { until } from '../support/condition.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { createMemoryStore, type MemoryStore } from './spool/support/memory-store.ts';
import { startHook } from './support/hook.ts';

const limits = { most: 3, mostWhileLate: 2, lateMs: 250, mostWhileQueueIsLong: 1 };

let app: FastifyInstance;
let store: MemoryStore;
let lateMs: number;
let isQueueLong: boolean;
let results: string[];
let url: string;

beforeEach(async () => {
  store = createMemoryStore();
  lateMs = 0;
  isQueueLong = false;
  results = [];
  ({ app, url } = await startHook(store, {
    admission: createAdmission({ lateMs: () => lateMs, isQueueLong: () => isQueueLong }, limits),
    onResult: (result) => results.push(result),
  }));
});
afterEach(() => app.close());

const push = (number: number) =>
  post(url, {
    body: bytesOf({ ...fixture('push-force-rewrite'), after: number.toString(16).padStart(40, '0') }),
  });

/** So many are on their way to a store that does not answer. */
async function waiting(count: number) {
  store.mode('silent');
  const answers = Array.from({ length: count }, (_, number) => push(number + 1));
  await until('deliveries under way', () => store.asked === count);
  return answers;
}

test('what comes beside as many as can be taken is refused at once, visibly, and taken later', async () => {
  const answers = await waiting(limits.most);
  const refused = await push(9);
  expect(refused.status).toBe(503);
  expect(refused.body.error?.code).toBe('OVERLOADED');
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('connection')).toBe('close');
  expect(results).toEqual(['OVERLOADED']);
  store.mode('takes');
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  expect((await push(9)).status).toBe(200);
});

test('a late process takes fewer at once, and never none', async () => {
  lateMs = 300;
  const answers = await waiting(limits.mostWhileLate);
  expect((await push(9)).status).toBe(503);
  lateMs = 200;
  store.mode('takes');
  await Promise.all(answers);
  lateMs = 10_000;
  expect((await push(9)).status).toBe(200);
});

test('while others wait long to be accepted, one at a time is taken, and the rest is told at once', async () => {
  isQueueLong = true;
  const answers = await waiting(limits.mostWhileQueueIsLong);
  expect((await push(9)).status).toBe(503);
  store.mode('takes');
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  expect((await push(9)).status).toBe(200);
});

test('it is refused before its body is here', async () => {
  const answers = await waiting(limits.most);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /webhook/gitea HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n');
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 503 /);
  socket.destroy();
  store.mode('takes');
  await Promise.all(answers);
});

test('an overload leaves a line now and then, and not one for each', () => {
  const told = vi.fn();
  let now = 0;
  const refusals = createRefusals({ now: () => new Date(now) }, told);
  for (let second = 0; second <= 20; second++) {
    now = second * 1_000;
    refusals.count();
    refusals.count();
  }
  expect(told.mock.calls).toEqual([[1], [20], [20]]);
});
