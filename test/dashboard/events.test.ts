import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changes, status } from '../../src/dashboard/api/schemas/live.ts';
import { until } from '../support/condition.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { deliver, refusal } from './support/api.ts';

interface LiveEvent {
  readonly id: string | null;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at what it caused
  readonly data: any;
}

interface Watching {
  readonly headers: IncomingMessage['headers'];
  events(name: string): LiveEvent[];
  readonly ended: boolean;
  stop(): void;
}

/** What a browser does with an EventSource. */
async function watch(service: RunningService, lastEventId?: string): Promise<Watching> {
  let text = '';
  let ended = false;
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(new URL('/api/events', service.address), { headers }, resolve).on('error', reject);
  });
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('close', () => {
    ended = true;
  });
  response.on('error', () => undefined);
  const field = (frame: string, name: string) =>
    frame
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  return {
    headers: response.headers,
    events: (name) =>
      text
        .split('\n\n')
        .slice(0, -1)
        .filter((frame) => field(frame, 'event') === name)
        .map((frame) => ({
          id: field(frame, 'id') ?? null,
          event: name,
          data: JSON.parse(field(frame, 'data') ?? ''),
        })),
    get ended() {
      return ended;
    },
    stop: () => response.destroy(),
  };
}

let service: RunningService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

const pushIdsOf = (watching: Watching): string[] =>
  watching
    .events('changes')
    .flatMap(({ data }) => data.pushes.map((push: { pushId: string }) => push.pushId));

it('a push arrives without being asked for, and then that its message was sent', async () => {
  const watching = await watch(service);
  expect(watching.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  await until('the first status', () => watching.events('status').length > 0);
  const [pushId] = await deliver(service, 'push-first-default-branch');
  await until('the push', () => pushIdsOf(watching).includes(pushId ?? ''));
  await until('its message', () =>
    watching
      .events('changes')
      .some(({ data }) =>
        data.notifications.some(
          (message: { state: string; pushIds: string[] }) =>
            message.state === 'sent' && message.pushIds.includes(pushId ?? ''),
        ),
      ),
  );
  for (const { data } of watching.events('changes')) expect(changes.parse(data)).toEqual(data);
  for (const { data } of watching.events('status')) expect(status.parse(data)).toEqual(data);
  watching.stop();
});

it('who was away goes on where it was, also with a service that knows nothing of it', async () => {
  const first = await watch(service);
  await until('the first status', () => first.events('status').length > 0);
  const [seen] = await deliver(service, 'push-tag-create');
  await until('the push', () => pushIdsOf(first).includes(seen ?? ''));
  const lastId = first.events('changes').at(-1)?.id ?? '';
  first.stop();

  const missed = await deliver(service, 'push-12-commits-capped-5', 'push-force-rewind');
  const again = await startTestService({
    roles: ['dashboard'],
    via: async () => ({ url: service.databaseUrl }),
  });
  const second = await watch(again, lastId);
  await until('what it missed', () => missed.every((id) => pushIdsOf(second).includes(id)));
  const [later] = await deliver(service, 'push-force-rewrite');
  await until('what came then', () => pushIdsOf(second).includes(later ?? ''));
  expect(pushIdsOf(second).sort()).toEqual([...missed, later].sort());
  expect(second.events('reset')).toEqual([]);
  // With a viewer connected: a service that stops does not wait for it.
  await again.stop();
  await until('the end', () => second.ended);
});

it('a place that is none is refused', async () => {
  expect(await refusal(service, '/api/events', { headers: { 'last-event-id': 'x' } })).toMatchObject({
    status: 400,
    field: 'Last-Event-ID',
  });
});

it('is closed to who may not read', async () => {
  expect(await refusal(service, '/api/events', { headers: { host: 'elsewhere.example' } })).toMatchObject({
    status: 403,
  });
});
