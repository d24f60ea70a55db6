import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultAdmissionLimits } from '../../src/ingest/admission.ts';
import { deliveryOf, type Sent, send } from '../overload/request.ts';
import { until } from '../support/condition.ts';
import { testSecret } from '../support/delivery.ts';
import { createMemoryStore, type MemoryStore } from './spool/support/memory-store.ts';
import { startHook } from './support/hook.ts';

/** Fewer than are refused for any other reason. */
const many = defaultAdmissionLimits.mostWhileLate - 10;

let app: FastifyInstance;
let store: MemoryStore;
let port: number;

beforeEach(async () => {
  store = createMemoryStore();
  ({ app, port } = await startHook(store));
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await app.close();
});

/** They wait together, and the server takes so long for each that it accepts. */
async function sendTogether(roundMs: number): Promise<Sent[]> {
  app.server.on('connection', () => vi.advanceTimersByTime(roundMs));
  store.mode('silent');
  let refused = 0;
  const answers = Array.from({ length: many }, async (_, number) => {
    const sent = await send(port, deliveryOf(String(number), testSecret), 60_000);
    if (sent.status === 503) refused++;
    return sent;
  });
  await until('they are under way or refused', () => store.asked + refused === many);
  store.mode('takes');
  return Promise.all(answers);
}

const countOf = (sent: readonly Sent[], status: number) => sent.filter((one) => one.status === status).length;

test('those who have waited long to be accepted are told at once, while one is under way', async () => {
  const sent = await sendTogether(10);
  expect(countOf(sent, 503)).toBeGreaterThan(0);
  expect(sent.filter(({ status }) => status === 503).every(({ hasRetryAfter }) => hasRetryAfter)).toBe(true);
  expect(countOf(sent, 200) + countOf(sent, 503)).toBe(many);
});

test('as many that are accepted soon are all taken', async () => {
  expect(countOf(await sendTogether(1), 200)).toBe(many);
});
