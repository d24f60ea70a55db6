import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import { buildServer } from '../../src/http/server.ts';
import { defaultAdmissionLimits } from '../../src/ingest/admission.ts';
import { registerIngestRoute } from '../../src/ingest/route.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { deliveryOf, type Sent, send } from '../overload/request.ts';
import { until } from '../support/condition.ts';
import { testSecret } from '../support/delivery.ts';
import { createMemoryStore, type MemoryStore } from './spool/support/memory-store.ts';

/** Fewer than are refused for any other reason. */
const many = defaultAdmissionLimits.mostWhileLate - 10;

let app: FastifyInstance;
let store: MemoryStore;
let port: number;

beforeEach(async () => {
  store = createMemoryStore();
  app = buildServer(pino({ level: 'silent' }));
  registerIngestRoute(app, {
    store,
    clock: systemClock,
    secrets: [{ name: 'test', reveal: () => testSecret }],
    instance: 'gitea.test',
    owner: null,
    ignore: ignoreNothing,
    bodyLimit: 64 * 1_024,
  });
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
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
