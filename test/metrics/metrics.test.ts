import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/condition.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

/** The value of a series, or null. */
async function metric(series: string): Promise<number | null> {
  const response = await fetch(`${service.address}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const line = (await response.text()).split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

test('deliveries are counted by what they were answered', async () => {
  const body = bytesOf(fixture('push-force-rewrite'));
  await post(service.url, { body });
  await post(service.url, { body });
  await post(service.url, { body });
  await post(service.url, { body, secret: 'another' });
  expect(await metric('pushledger_deliveries_total{result="accepted"}')).toBe(1);
  expect(await metric('pushledger_deliveries_total{result="duplicate"}')).toBe(2);
  expect(await metric('pushledger_deliveries_total{result="SIGNATURE_WRONG"}')).toBe(1);
});

test('the spool and the subscribers are shown', async () => {
  await service.settled();
  expect(await metric('pushledger_spool_up')).toBe(1);
  expect(await metric('pushledger_spool_entries{state="pending"}')).toBe(0);
  expect(await metric('pushledger_subscriber_caught_up{name="notifier"}')).toBe(1);
});

test('no repository is named', async () => {
  const response = await fetch(`${service.address}/metrics`);
  expect(await response.text()).not.toContain('widgets');
});

test('appends, batches, messages and requests are counted where they happen', async () => {
  await service.settled();
  expect(await metric('pushledger_append_duration_seconds_count{outcome="stored"}')).toBeGreaterThan(3);
  expect(await metric('pushledger_events_appended_total{type="PushReceived"}')).toBe(1);
  expect(await metric('pushledger_subscriber_events_total{name="data_factory"}')).toBeGreaterThan(0);
  expect(
    await metric('pushledger_subscriber_batch_duration_seconds_count{name="push_history"}'),
  ).toBeGreaterThan(0);
  expect(await metric('pushledger_messages_total{result="sent"}')).toBe(1);
  expect(
    await metric('pushledger_http_requests_total{method="POST",route="/webhook/gitea",status="401"}'),
  ).toBe(1);
  expect(await metric('pushledger_message_bucket_tokens')).toBeGreaterThan(0);
  expect(await metric('pushledger_viewers')).toBe(0);
  expect(await metric('process_resident_memory_bytes')).toBeGreaterThan(0);
});

test('what waits is read from the database', async () => {
  await service.settled();
  const expected = {
    'pushledger_outbox_messages{state="planned"}': 0,
    'pushledger_outbox_messages{state="parked"}': 0,
    pushledger_outbox_oldest_age_seconds: 0,
    pushledger_due_pushes: 0,
    'pushledger_subscriber_lag_positions{name="notifier"}': 0,
    pushledger_database_up: 1,
    pushledger_event_store_up: 1,
  };
  // Figures are kept for a second, so that the first may be from before it was settled.
  for (const [series, value] of Object.entries(expected))
    await until(`${series} is ${value}`, async () => (await metric(series)) === value);
});

test('a path that a client makes up is no label', async () => {
  await fetch(`${service.address}/made-up-by-somebody`);
  const text = await (await fetch(`${service.address}/metrics`)).text();
  expect(text).not.toContain('made-up');
});
