import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Misbehaviour } from '../../support/gitea/misbehaviour.ts';
import type { GiteaRepository } from '../../support/gitea/repository.ts';
import { type Recovering, recoveredIn, startRecovering } from './support/recovering.ts';

let all: Recovering;
let sick: GiteaRepository;
let healthy: GiteaRepository;

beforeAll(async () => {
  all = await startRecovering();
  sick = await all.repository('sick');
  healthy = await all.repository('zealous');
  await all.recover();
});
afterEach(async () => {
  all.gitea.behave();
  all.clock.advance(60_000);
  await all.recover();
});
afterAll(() => all.close());

const stored = () =>
  all.options.pool.query<{ full_name: string; error: string | null; found: string; checked_at: Date | null }>(
    `select full_name, error, found, checked_at from pushledger.recoveries order by full_name`,
  );

it.each<[Misbehaviour, RegExp]>([
  ['forbidden', /scope read:repository/],
  ['server-error', /Gitea answered 500/],
  ['html', /not JSON/],
  ['cut', /no connection|unreachable|answer/],
])('where a repository cannot be looked at (%s) it says so, and recovers the others', async (how, said) => {
  all.clock.advance(60_000);
  await all.away(() => {
    sick.push('main');
    healthy.push('main');
  });
  all.clock.advance(60_000);
  all.gitea.misbehave(/repos\/acme\/sick\/branches/, how);
  const reports = await all.recover();
  const report = reports.find(({ repositoryId }) => repositoryId === sick.id);
  expect(report?.outcome).toBe('failed');
  expect(report && 'error' in report ? report.error : '').toMatch(said);
  if (how !== 'cut') expect(recoveredIn(reports, healthy).pushes).toHaveLength(1);
  const [row] = (await stored()).rows;
  expect(row).toMatchObject({ full_name: 'acme/sick', error: expect.stringMatching(said) });
  // When it answers again, what was missed is found.
  all.gitea.behave();
  all.clock.advance(60_000);
  expect(recoveredIn(await all.recover(), sick).pushes).toHaveLength(1);
  expect((await stored()).rows[0]).toMatchObject({ error: null });
});

it('asks no repository more once the token is refused', async () => {
  all.gitea.misbehave(/./, 'unauthorized');
  all.gitea.requests.length = 0;
  const reports = await all.recover();
  expect(reports.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  expect(reports.every((report) => 'error' in report && /GITEA_TOKEN/.test(report.error))).toBe(true);
});

it('waits and goes on where Gitea wants fewer requests', async () => {
  all.clock.advance(60_000);
  await all.away(() => sick.push('main'));
  all.clock.advance(60_000);
  all.gitea.misbehave(/sick\/activities/, 'too-many', 1);
  expect(recoveredIn(await all.recover(), sick).pushes).toHaveLength(1);
});

it('compares the refs where Gitea has no feed', async () => {
  all.clock.advance(60_000);
  await all.away(() => sick.push('main'));
  all.clock.advance(60_000);
  all.gitea.misbehave(/sick\/activities/, 'not-found');
  expect(recoveredIn(await all.recover(), sick).pushes).toMatchObject([{ collapsed: true }]);
});

it('reads a feed of several pages', async () => {
  all.clock.advance(60_000);
  await all.away(() => {
    for (let count = 0; count < 120; count++) {
      sick.push('main');
      all.clock.advance(1_000);
    }
  });
  all.clock.advance(60_000);
  const { pushes } = recoveredIn(await all.recover(), sick);
  expect(pushes).toHaveLength(120);
  expect(pushes.some(({ collapsed }) => collapsed)).toBe(false);
});

it('says what is wrong where the feed is the same page again and again', async () => {
  all.gitea.misbehave(/sick\/activities/, 'same-page');
  for (let count = 0; count < 60; count++) sick.push('main');
  await all.delivered();
  all.clock.advance(60_000);
  const report = (await all.recover()).find(({ repositoryId }) => repositoryId === sick.id);
  expect(report).toMatchObject({ outcome: 'failed', error: expect.stringMatching(/again/) });
});
