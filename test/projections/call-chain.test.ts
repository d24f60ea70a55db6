import { afterEach, beforeEach, expect, test } from 'vitest';
import { callIdOf } from '../../src/events/ids.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { botToken, type Homeserver, startHomeserver } from '../support/homeserver.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

const room = '!pushes:double.test';
let homeserver: Homeserver;
let service: RunningService;
beforeEach(async () => {
  homeserver = await startHomeserver({ rooms: [{ id: room }] });
  service = await startTestService({
    env: { MATRIX_HOMESERVER_URL: homeserver.url, MATRIX_ACCESS_TOKEN: botToken, MATRIX_ROOM: room },
  });
});
afterEach(async () => {
  await service.stop();
  await homeserver.close();
});

interface Call {
  readonly call_id: string;
  readonly trace_id: string;
  readonly parent_call_id: string | null;
  readonly function_name: string;
  readonly status: string;
  readonly started_at: Date;
  readonly duration_ms: number | null;
  readonly attributes: Record<string, unknown>;
}

interface Stored {
  readonly type: string;
  readonly event_id: string;
  readonly data: { receivedAt?: string; startedAt?: string; sentAt?: string };
  readonly metadata: { recordedAt: string; timings?: Record<string, number> };
}

test('the chain of a push that came twice, and whose message needed a retry, is linked and has the times of its events', async () => {
  homeserver.misbehave({ kind: 'answer', status: 502, body: 'bad gateway' }, { times: 1 });
  const body = bytesOf(fixture('push-force-rewrite'));
  const { body: accepted } = await post(service.url, { body });
  expect((await post(service.url, { body })).body).toMatchObject({ status: 'duplicate' });
  await service.settled();

  const calls = await service.rows<Call>(
    `select * from call_monitor.calls where trace_id = $1 order by started_at, function_name desc`,
    [accepted.pushId],
  );
  const events = await service.rows<Stored>(
    `select type, event_id, data::json as data, metadata::json as metadata from pushledger.events`,
  );
  const eventOf = (type: string) => {
    const event = events.find((one) => one.type === type);
    if (!event) throw new Error(`there is no ${type}`);
    return event;
  };
  const received = eventOf('PushReceived');
  const redelivered = eventOf('PushRedelivered');
  const sent = eventOf('NotificationSent');
  const callOf = (name: string) => callIdOf(accepted.pushId ?? '', name);
  const sumOf = ({ metadata }: Stored) =>
    Object.values(metadata.timings ?? {}).reduce((sum, ms) => sum + ms, 0);

  const byId = new Map(calls.map((call) => [call.call_id, call]));
  expect(calls).toHaveLength(5);
  expect(byId.get(callOf('ingest.receive'))).toMatchObject({
    parent_call_id: null,
    function_name: 'ingest.receive',
    status: 'ok',
    started_at: new Date(received.data.receivedAt ?? ''),
    duration_ms: expect.closeTo(sumOf(received), 2),
  });
  expect(sumOf(received)).toBeGreaterThan(0);
  expect(byId.get(callOf('event_store.append'))).toMatchObject({
    parent_call_id: callOf('ingest.receive'),
    started_at: new Date(received.metadata.recordedAt),
    duration_ms: null,
  });
  expect(byId.get(callOf('data_factory.record'))).toMatchObject({
    parent_call_id: callOf('event_store.append'),
    attributes: null,
    duration_ms: null,
  });
  expect(calls.filter(({ status }) => status === 'retried')).toMatchObject([
    {
      function_name: 'ingest.receive',
      parent_call_id: null,
      started_at: new Date(redelivered.data.receivedAt ?? ''),
    },
    {
      function_name: 'matrix.send_message',
      parent_call_id: callOf('data_factory.record'),
      started_at: new Date(sent.data.startedAt ?? ''),
      duration_ms: Date.parse(sent.data.sentAt ?? '') - Date.parse(sent.data.startedAt ?? ''),
      attributes: { attempts: 2 },
    },
  ]);
  // Every call but those that begin has its parent in the same trace.
  const parents = calls.map((call) => call.parent_call_id).filter((parent) => parent !== null);
  expect(parents.filter((parent) => !byId.has(parent))).toEqual([]);
});
