import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/condition.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type GiteaDouble, startGitea } from '../support/gitea/server.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

let gitea: GiteaDouble;
let service: RunningService;

beforeAll(async () => {
  gitea = await startGitea();
  service = await startTestService({
    env: { GITEA_URL: gitea.url, GITEA_TOKEN: 'good-token' },
    roles: ['ingest', 'projections', 'notifier'],
  });
});

afterAll(async () => {
  await service.stop();
  await gitea.close();
});

/** A push by ada, whose token the service has, or by somebody else. */
async function push(login: string) {
  const after = randomBytes(20).toString('hex');
  const body = { ...fixture('push-force-rewrite'), after, pusher: { id: 7, login } };
  return (await post(service.url, { body: bytesOf(body) })).body;
}

test('pushes by the account of GITEA_TOKEN are recorded as ignored, others are not', async () => {
  const answer = await until('Gitea has told the account', async () => {
    const { status, ignored, pushId } = await push('ada');
    expect(status).toBe('accepted');
    return ignored === undefined ? null : { ignored, pushId };
  });
  expect(answer.ignored).toBe('pusher ada, the account of GITEA_TOKEN (ignore.ownAccount)');
  expect((await push('bob')).ignored).toBeUndefined();
  await service.settled();
  const runs = await service.rows<{ status: string }>(
    'select status from data_factory.runs where run_id = $1',
    [answer.pushId],
  );
  expect(runs).toEqual([{ status: 'ignored' }]);
});
