import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { MisbehaveOptions, Misbehaviour } from '../support/homeserver.ts';
import {
  type Moment,
  type PostgresProxy,
  type StepKey,
  startPostgresProxy,
  type Watch,
} from '../support/postgres-proxy.ts';
import type { Program, RunningService } from '../support/service-process.ts';
import { whenReady } from '../support/service-process.ts';
import { type CrashSetup, crashSetup } from './crash-setup.ts';
import { sendOnce } from './gitea-sender.ts';
import { runCounts, settled, tracesExpectedOf, tracesOf } from './ledger-view.ts';
import { commitPush, type TestPush } from './pushes.ts';

let setup: CrashSetup;
let proxy: PostgresProxy;
let service: RunningService;
let pushes = 0;

beforeAll(async () => {
  setup = await crashSetup();
  proxy = await startPostgresProxy(setup.databaseUrl);
  service = await setup.startReady({ databaseUrl: proxy.url });
  await everythingOnce(nextPush());
});

beforeEach(({ onTestFailed }) => {
  // What the service said last: which step it was killed at explains little without it.
  onTestFailed(() => console.info(`${service.stdout().slice(-4_000)}\n${service.stderr().slice(-4_000)}`));
});

afterAll(async () => {
  await setup.close();
  await proxy.close();
});

/** The steps without which the tests below would have tested nothing. */
const mustBeHit = [
  'append PushReceived',
  'advance checkpoint data_factory',
  'insert into pushledger.repositories',
  'insert into data_factory.nodes',
  'insert into data_factory.runs',
  'commit after insert into data_factory.runs',
  'advance checkpoint notifier',
  'insert into pushledger.due_pushes',
  'append NotificationPlanned',
  'insert into pushledger.notifications',
  'append NotificationSent',
  'update pushledger.notifications',
  'commit after update pushledger.notifications',
];

test.each<Moment>(['before', 'after'])(
  'killed %s any step of a push, the service loses nothing and does nothing twice',
  async (moment) => {
    const ofStart = namesOf((await watchedStart()).steps);
    const known = new Set((await watchedPush()).steps);
    const hit = await hitEach(known, async (key) => {
      const seen = await killDuringPush(key, moment);
      // The first push after a start meets the last steps of that start, which have a test of their own.
      for (const step of seen.steps) if (!ofStart.has(nameOf(step))) known.add(step);
      return seen.reached;
    });
    report(`of a push, killed ${moment} each`, hit, known);
    expect(mustBeHit.filter((name) => !namesOf(hit).has(name))).toEqual([]);
  },
);

test('killed before any step of a start with work left over, the service loses nothing and does nothing twice', async () => {
  const ofPush = namesOf((await watchedPush()).steps);
  const known = new Set((await watchedStart()).steps.filter((step) => !ofPush.has(nameOf(step))));
  const hit = await hitEach(known, (key) => killDuringStart(key));
  report('of a start, killed before each', hit, known);
  expect([...namesOf(hit)]).toEqual(
    expect.arrayContaining(['insert into pushledger.checkpoints', 'listen pushledger_events']),
  );
});

test.each<[string, Misbehaviour, MisbehaveOptions, number]>([
  ['while it asks the homeserver who it is', { kind: 'hang' }, { on: 'everything' }, 0],
  ['when a message reached the homeserver, which has not taken it', { kind: 'hang' }, {}, 0],
  ['when the homeserver took a message and has not answered', { kind: 'hang-after' }, {}, 1],
])('killed %s, the service sends each message once', async (_when, misbehaviour, options, taken) => {
  // A service that has not sent yet asks who it is first.
  await service.end('SIGKILL');
  await restart();
  const { homeserver } = setup;
  const push = nextPush();
  const before = { requests: homeserver.requests.length, messages: homeserver.accepted.length };
  homeserver.misbehave(misbehaviour, options);
  expect((await sendOnce(service.address, push)).accepted).toBe(true);
  await vi.waitFor(
    () => {
      const requests = homeserver.requests.slice(before.requests);
      const met = requests.filter(
        ({ transactionId }) => options.on === 'everything' || transactionId !== null,
      );
      expect(met).not.toEqual([]);
      expect(homeserver.accepted.length - before.messages).toBe(taken);
    },
    { timeout: 30_000 },
  );
  await service.end('SIGKILL');
  homeserver.behave();
  await restart();
  await settled(setup.database);
  await expectOneOfEach(push);
});

test('killed when the homeserver answered and that is not stored yet, the service sends each message once', async () => {
  const { reached } = await killDuringPush('append NotificationSent#1', 'before');
  expect(reached).toBe(true);
  const [last, ...earlier] = setup.homeserver.requests
    .map(({ transactionId }) => transactionId)
    .filter((id) => id !== null)
    .toReversed();
  // It was sent again, under the transaction id that was stored before the first request.
  expect(earlier).toContain(last);
});

test('every node counts the runs that it has', async () => {
  const counts = await runCounts(setup.database);
  expect(counts.filter(({ counted, held }) => counted !== held)).toEqual([]);
  expect(counts.reduce((sum, { held }) => sum + Number(held), 0)).toBe(pushes);
});

/**
 * Tries to kill at each of the steps, which may become more meanwhile. Two subscribers work side by side, so that a
 * step may come under another number, or not at all, in one round: such a step gets three.
 */
async function hitEach(known: Set<StepKey>, kill: (key: StepKey) => Promise<boolean>): Promise<Set<StepKey>> {
  const hit = new Set<StepKey>();
  for (let tries = 0; tries < 3; tries++) {
    for (const key of known) if (!hit.has(key) && (await kill(key))) hit.add(key);
  }
  return hit;
}

/** What a service that has nothing else to do does for the first push of a repository. */
async function watchedPush(): Promise<Watch> {
  await settled(setup.database);
  const watch = proxy.watch();
  await idleAgain(watch);
  const ofPush = proxy.watch();
  await everythingOnce(commitPush(nextLabel(), { newRepository: true }));
  return ofPush;
}

/** What a start does, up to where it waits for something to do. */
async function watchedStart(): Promise<Watch> {
  await service.end('SIGKILL');
  const watch = proxy.watch();
  await restart();
  await idleAgain(watch);
  return watch;
}

/** One push during which the service is killed at a step, and started again. */
async function killDuringPush(
  key: StepKey,
  moment: Moment,
): Promise<{ steps: readonly StepKey[]; reached: boolean }> {
  const push = key.includes('repositories') ? commitPush(nextLabel(), { newRepository: true }) : nextPush();
  const watch = proxy.watch({ key, moment });
  const answer = sendOnce(service.address, push);
  const reached = await isReached(
    watch,
    answer.then(() => settled(setup.database)),
  );
  if (reached) await service.end('SIGKILL');
  proxy.release();
  if (reached) await restart();
  const { accepted } = await answer;
  // A push that was answered is never sent again. One that was not may be lost, or be there already.
  if (!accepted) expect((await sendOnce(service.address, push)).accepted).toBe(true);
  await settled(setup.database);
  await expectOneOfEach(push);
  return { steps: watch.steps, reached };
}

/** A start that finds a push which nobody has handled, and is killed at a step. */
async function killDuringStart(key: StepKey): Promise<boolean> {
  const push = nextPush();
  const stored = proxy.watch({ key: 'append PushReceived#1', moment: 'after' });
  const answer = sendOnce(service.address, push);
  await stored.reached;
  await service.end('SIGKILL');
  proxy.release();
  expect((await answer).accepted).toBe(false);

  const watch = proxy.watch({ key, moment: 'before' });
  const started: Program = setup.start({ databaseUrl: proxy.url });
  const ready = whenReady(started);
  const reached = await isReached(
    watch,
    ready.then(() => settled(setup.database)),
  );
  if (reached) {
    await Promise.all([started.end('SIGKILL'), ready.catch(() => undefined)]);
    proxy.release();
    await restart();
  } else {
    proxy.release();
    service = await ready;
  }
  await settled(setup.database);
  await expectOneOfEach(push);
  return reached;
}

/** Whether the step is reached. It is not when all is done and the service has since only looked for more. */
async function isReached(watch: Watch, done: Promise<void>): Promise<boolean> {
  // One that ended before it was ready was killed at the step.
  const over = done
    .then(() => idleAgain(watch))
    .catch((error: unknown) => {
      if (!watch.stopped) throw error;
    });
  await Promise.race([watch.reached, over]);
  return watch.stopped;
}

async function idleAgain(watch: Watch): Promise<void> {
  const before = watch.idle;
  await vi.waitFor(() => expect(watch.idle > before + 4 || watch.stopped).toBe(true), { timeout: 30_000 });
}

async function restart(): Promise<void> {
  service = await setup.startReady({ databaseUrl: proxy.url });
}

function nextLabel(): string {
  pushes++;
  return `push number ${pushes}`;
}

function nextPush(): TestPush {
  return commitPush(nextLabel());
}

async function everythingOnce(push: TestPush): Promise<void> {
  expect((await sendOnce(service.address, push)).accepted).toBe(true);
  await settled(setup.database);
  await expectOneOfEach(push);
}

async function expectOneOfEach(push: TestPush): Promise<void> {
  expect(await tracesOf(setup.database, setup.homeserver.accepted, push)).toEqual(tracesExpectedOf(push));
  expect(service.log().filter(({ level }) => level === 'error')).toEqual([]);
}

function nameOf(key: StepKey): string {
  return key.replace(/#\d+$/, '');
}

function namesOf(keys: Iterable<StepKey>): Set<string> {
  return new Set([...keys].map(nameOf));
}

function report(what: string, hit: ReadonlySet<StepKey>, known: ReadonlySet<StepKey>): void {
  const missed = [...known].filter((key) => !hit.has(key));
  console.info(`${what} of ${hit.size} steps:\n  ${[...hit].join('\n  ')}`);
  if (missed.length > 0) console.info(`  (not met again when it was to be hit: ${missed.join(', ')})`);
}
