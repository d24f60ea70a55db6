import { randomInt, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CrashSetup, crashSetup } from './crash-setup.ts';
import { sendOnce } from './gitea-sender.ts';
import { runCounts, settled, tracesExpectedOf, tracesOf } from './ledger-view.ts';
import { pushesOfAllKinds, type TestPush } from './pushes.ts';

const pushCount = 30;
/** A start takes about this long: some are killed in it. In milliseconds. */
const startMs = 700;
/** What follows from a delivery is done by then, where nobody is killed: most are killed in it. In milliseconds. */
const workMs = 60;

let setup: CrashSetup;

beforeAll(async () => {
  setup = await crashSetup();
});

afterAll(() => setup.close());

test('killed at random times under a flow of pushes with duplicates, the service loses nothing and does nothing twice', async () => {
  const { databaseUrl, database, homeserver } = setup;
  const port = await freePort();
  const pushes = pushesOfAllKinds(pushCount);
  let kills = 0;
  let tries = 0;
  let allSent = false;
  const progress = new EventEmitter();
  const settings = { databaseUrl, port };

  const flow = async () => {
    for (const push of pushes) {
      tries += await sendUntilAccepted(`http://127.0.0.1:${port}`, push);
      progress.emit('accepted');
      // The flow, and not the wait for a condition: pushes come now and then.
      await pause(randomInt(0, workMs));
    }
    allSent = true;
    progress.emit('accepted');
  };
  const killing = async () => {
    while (!allSent) {
      const service = setup.start(settings);
      // The random time is what this test is about.
      if (randomInt(4) === 0) await pause(randomInt(startMs));
      else await once(progress, 'accepted').then(() => pause(randomInt(workMs)));
      const { signal } = await service.end('SIGKILL');
      expect(signal).toBe('SIGKILL');
      kills++;
    }
  };
  await Promise.all([flow(), killing()]);

  const service = await setup.startReady(settings);
  await settled(database);
  console.info(`${kills} kills during ${tries} tries to deliver ${pushCount} pushes and their duplicates`);
  const traces = await Promise.all(
    pushes.map(async (push) => [push.label, await tracesOf(database, homeserver.accepted, push)] as const),
  );
  expect(traces).toEqual(pushes.map((push) => [push.label, tracesExpectedOf(push)]));
  const counts = await runCounts(database);
  expect(counts.filter(({ counted, held }) => counted !== held)).toEqual([]);
  const announced = pushes.filter(({ expected }) => expected === 'announced');
  expect(homeserver.accepted).toHaveLength(announced.length);
  expect(service.log().filter(({ level }) => level === 'error')).toEqual([]);
});

/**
 * As Gitea and a person at its "Redeliver" button: a delivery that was not accepted is sent again, under a new id;
 * every third is sent once more all the same, under a new id or (by a proxy that retries) under its own.
 */
async function sendUntilAccepted(address: string, push: TestPush): Promise<number> {
  for (let tries = 1; ; tries++) {
    const deliveryId = randomUUID();
    const { accepted } = await sendOnce(address, push, deliveryId);
    if (accepted) {
      if (randomInt(3) > 0) return tries;
      await sendOnce(address, push, randomInt(2) === 0 ? randomUUID() : deliveryId);
      return tries + 1;
    }
    // The service is away: whoever sends does not know for how long.
    await pause(50);
  }
}

/** The same for every start, so that the sender need not ask for it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
