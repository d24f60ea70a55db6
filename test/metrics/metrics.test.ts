import { afterAll, beforeAll, expect, test } from 'vitest';
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
