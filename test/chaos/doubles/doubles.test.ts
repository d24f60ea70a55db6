import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../support/condition.ts';
import { botToken } from '../../support/homeserver.ts';
import { type ChaosGitea, startChaosGitea } from '../gitea.ts';
import { type ChaosHomeserver, startChaosHomeserver } from '../homeserver.ts';
import { DoubleIsDown } from './process.ts';

const room = '!room:double.test';
let directory: string;
let running: (ChaosGitea | ChaosHomeserver)[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pushledger-doubles-'));
  running = [];
});

afterEach(async () => {
  for (const double of running) await double.close();
  await rm(directory, { recursive: true, force: true });
});

async function homeserver(): Promise<ChaosHomeserver> {
  const started = await startChaosHomeserver(room, directory, directory);
  running.push(started);
  return started;
}

async function gitea(): Promise<ChaosGitea> {
  const started = await startChaosGitea(directory, directory);
  running.push(started);
  return started;
}

async function say(to: ChaosHomeserver, transactionId: string, body: string): Promise<unknown> {
  const path = `rooms/${encodeURIComponent(room)}/send/m.room.message/${transactionId}`;
  const response = await fetch(`http://127.0.0.1:${to.port()}/_matrix/client/v3/${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${botToken}` },
    body: JSON.stringify({ body }),
  });
  return response.json();
}

async function ask(of: ChaosGitea, path: string): Promise<unknown> {
  const headers = { authorization: 'token good-token' };
  return (await fetch(`http://127.0.0.1:${of.port()}/git/api/v1${path}`, { headers })).json();
}

/** Who gets the webhooks; it answers as the test says. */
async function startReceiver(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

test('a homeserver that was killed keeps its events, and knows each transaction id again', async () => {
  const matrix = await homeserver();
  const first = await say(matrix, 'one', 'first');
  await matrix.kill(0);

  expect(await say(matrix, 'one', 'other words')).toEqual(first);
  await say(matrix, 'two', 'second');
  expect(matrix.accepted().map(({ transactionId, content }) => [transactionId, content.body])).toEqual([
    ['one', 'first'],
    ['two', 'second'],
  ]);
  expect(matrix.faults).toEqual([]);
});

test('a homeserver that hangs after it has kept an event knows it when it was killed meanwhile', async () => {
  const matrix = await homeserver();
  const hanging = matrix.misbehave({ kind: 'hang-after' }, 300);
  const cut = say(matrix, 'one', 'first').catch(() => 'cut off');
  await until('the event to be kept', () => matrix.accepted().length === 1);
  await Promise.all([hanging, matrix.kill(0)]);

  expect(await cut).toBe('cut off');
  expect(await say(matrix, 'one', 'first')).toEqual({ event_id: matrix.accepted()[0]?.eventId });
  expect(matrix.accepted()).toHaveLength(1);
});

test('a Gitea that was killed has the same repositories, branches and feeds, and sends no delivery again', async () => {
  let deliveries = 0;
  await using receiver = await startReceiver((_request, response) => {
    deliveries++;
    response.end('{}');
  });
  const git = await gitea();
  await git.furnish(receiver.url, 'secret');
  for (let number = 0; number < 100; number++) await git.act(`seed/${number}`);
  await git.idle();
  const paths = ['/repos/search?limit=50', ...['branches', 'tags', 'activities/feeds'].map(ofFirst)];
  const before = await Promise.all(paths.map((path) => ask(git, path)));
  const sent = deliveries;
  await git.kill(0);
  await git.idle();

  expect(await Promise.all(paths.map((path) => ask(git, path)))).toEqual(before);
  expect(deliveries).toBe(sent);
  expect(git.deliveries()).toHaveLength(sent);
  expect(git.deliveries().every(({ status }) => status === 200)).toBe(true);
});

test('of a killed Gitea, what waited is sent when it is back, and what was on its way is lost until a person sends it', async () => {
  const held: ServerResponse[] = [];
  await using receiver = await startReceiver((_request, response) => {
    held.push(response);
  });
  const git = await gitea();
  await git.furnish(receiver.url, 'secret');
  for (let number = 0; number < 20; number++) await git.act(`seed/${number}`);
  await until('ten deliveries to be on their way', () => held.length === 10);
  const waiting = git.deliveries().filter(({ state }) => state === 'waiting').length;
  expect(waiting).toBeGreaterThan(0);
  await git.kill(0);
  const answered = answerAll(held, 10, waiting);
  await git.idle();
  await answered;

  const lost = git.deliveries().filter(({ state }) => state === 'lost');
  expect(lost).toHaveLength(10);
  expect(git.deliveries().filter(({ status }) => status === 200)).toHaveLength(waiting);
  const again = answerAll(held, 10 + waiting, 10);
  await git.redeliver(lost);
  await git.idle();
  await again;
  expect(git.deliveries().filter(({ status }) => status === 200)).toHaveLength(waiting + 10);
});

test('nobody can push while Gitea is down, and a question is not left without an end', async () => {
  const git = await gitea();
  const killed = git.kill(100);
  await until('it to be down', () => git.port() === null);
  await git.act('in vain');
  await expect(git.idle()).rejects.toThrow(DoubleIsDown);
  await killed;
  await git.idle();
  expect(git.deliveries()).toEqual([]);
});

/** @param from how many came before, which stay without an answer */
async function answerAll(held: ServerResponse[], from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number++) {
    await until(`delivery ${number + 1}`, () => held[number]);
    held[number]?.end('{}');
  }
}

function ofFirst(what: string): string {
  return `/repos/acme/widgets-0/${what}?limit=50`;
}
