import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RepositoryReport } from '../../../src/gitea/recovery/recover.ts';
import { createRecovery, type Recovery, type RecoveryOptions } from '../../../src/gitea/recovery/recovery.ts';
import { runSubscriber } from '../../../src/subscription/run-subscriber.ts';
import { until } from '../../support/condition.ts';
import { type Recovering, startRecovering } from './support/recovering.ts';

let all: Recovering;
let stopping: AbortController;
let running: Promise<unknown>;
let reports: RepositoryReport[];

beforeEach(async () => {
  all = await startRecovering();
  stopping = new AbortController();
  running = Promise.resolve();
  reports = [];
});
afterEach(async () => {
  stopping.abort(new Error('the test is over'));
  await running;
  await all.close();
});

function start(options: Partial<RecoveryOptions> = {}): Recovery {
  const { signal } = stopping;
  const logger = pino({ level: 'silent' });
  const recovery = createRecovery({
    ...all.options,
    logger,
    intervalMs: null,
    spooled: () => 0,
    onReport: (report) => reports.push(report),
    ...options,
  });
  running = Promise.all([
    runSubscriber({ ...all.options, subscriber: recovery.subscriber, logger, signal }),
    recovery.run(signal),
  ]);
  return recovery;
}

/** Lets time pass until this holds. */
const passing = (what: string, look: () => unknown) =>
  until(what, () => {
    all.clock.advance(1_000);
    return Boolean(look());
  });

it('recovers at the start and at the interval', async () => {
  const repository = await all.repository('steady');
  const recovery = start({ intervalMs: 900_000 });
  await passing('the baseline', () => recovery.status().recoveredAt);
  await all.away(() => repository.push('main'));
  await passing('the recovery', () =>
    reports.some((report) => 'recovered' in report && report.recovered.pushes.length === 1),
  );
});

it('looks at a repository whose chain is broken for a minute, and at it alone', async () => {
  const repository = await all.repository('broken');
  const other = await all.repository('whole');
  const recovery = start();
  await passing('the baseline', () => recovery.status().recoveredAt);
  reports.length = 0;
  const lost = await all.away(() => repository.push('main'));
  all.clock.advance(10_000);
  const arrivedAt = all.clock.now().getTime();
  repository.push('main');
  other.push('main');
  await all.delivered();
  await passing('the recovery', () => reports.length > 0);
  expect(all.clock.now().getTime() - arrivedAt).toBeGreaterThanOrEqual(60_000);
  expect(reports).toMatchObject([
    { repositoryId: repository.id, recovered: { pushes: [{ after: lost.after, collapsed: false }] } },
  ]);
  expect((await all.pushes(repository)).map(({ data }) => data.after).sort()).toEqual(
    repository.pushes.map(({ after }) => after).sort(),
  );
});

it('takes neither tags, nor new branches, nor a branch at first sight for a broken chain', async () => {
  const repository = await all.repository('calm');
  const recovery = start();
  await passing('the baseline', () => recovery.status().recoveredAt);
  reports.length = 0;
  repository.createBranch('topic', { commits: 1 });
  repository.push('topic');
  repository.tag('v1');
  repository.tag('v1', { annotated: 'moved' });
  repository.deleteTag('v1');
  await all.delivered();
  for (let minutes = 0; minutes < 5; minutes++) await passing('time', () => true);
  const { rows } = await all.options.pool.query(
    'select ref from pushledger.recovery_refs where broken_since is not null',
  );
  expect(rows).toEqual([]);
  expect(reports).toEqual([]);
});

it('looks at everything after a delivery was refused, once for several', async () => {
  const repository = await all.repository('refused');
  const recovery = start();
  await passing('the baseline', () => recovery.status().recoveredAt);
  reports.length = 0;
  await all.away(() => repository.push('main'));
  for (let count = 0; count < 20; count++) {
    recovery.deliveryRefused();
    all.clock.advance(1_000);
  }
  await passing('the recovery', () => reports.length > 0);
  expect(reports).toMatchObject([{ repositoryId: repository.id, recovered: { pushes: [{}] } }]);
});

it('waits for the spool before it looks for what is missing', async () => {
  const repository = await all.repository('spooled');
  let pending = 3;
  const recovery = start({ spooled: () => pending });
  for (let seconds = 0; seconds < 20; seconds++) await passing('time', () => true);
  expect(recovery.status().recoveredAt).toBeNull();
  pending = 0;
  await passing('the baseline', () => recovery.status().recoveredAt);
  expect(reports).toMatchObject([{ repositoryId: repository.id, outcome: 'baselined' }]);
});

it('is degraded while a repository cannot be looked at, and says why', async () => {
  await all.repository('sick');
  all.gitea.misbehave(/branches/, 'forbidden');
  const recovery = start({ intervalMs: 60_000 });
  await passing('a try', () => recovery.status().recoveredAt);
  expect(recovery.status()).toMatchObject({ state: 'degraded', failed: 1 });
  expect(recovery.status().lastError).toMatch(/scope read:repository/);
  all.gitea.behave();
  await passing('health', () => recovery.status().state === 'ok');
});
