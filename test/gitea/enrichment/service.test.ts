import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../support/condition.ts';
import { testSecret } from '../../support/delivery.ts';
import type { Misbehaviour } from '../../support/gitea/misbehaviour.ts';
import { type GiteaDouble, startGitea } from '../../support/gitea/server.ts';
import { type RunningService, startTestService } from '../../support/running-service.ts';

let gitea: GiteaDouble;
let service: RunningService;
beforeEach(async () => {
  gitea = await startGitea();
  service = await startTestService({
    env: {
      GITEA_URL: gitea.url,
      GITEA_TOKEN: 'good-token',
      PUSHLEDGER_INSTANCE: 'gitea.test',
      ENRICHMENT_RATE: '100',
    },
    roles: ['ingest', 'projections', 'enricher'],
  });
});
afterEach(async () => {
  await service.stop();
  await gitea.close();
});

const run = async () => {
  const [row] = await service.rows<{ commit_count: number; listed: number }>(
    'select commit_count, jsonb_array_length(commits) as listed from data_factory.runs where commit_count > 2',
  );
  return row ?? null;
};

test.each<Misbehaviour>([
  'unauthorized',
  'forbidden',
  'not-found',
  'too-many',
  'server-error',
  'html',
  'hanging',
])(
  'a push is taken and recorded while the API answers with %s',
  async (how) => {
    gitea.misbehave(/.*/, how);
    const repository = gitea.world.createRepository('acme', 'widgets');
    gitea.world.addHook(
      { kind: 'repository', repositoryId: repository.id },
      {
        active: true,
        events: ['push'],
        config: { url: service.url, content_type: 'json' },
        secret: testSecret,
      },
    );
    repository.push('main', { commits: 2 });
    repository.push('main', { commits: 8 });
    expect(await until('the run', run)).toEqual({ commit_count: 8, listed: 5 });
  },
  30_000,
);

test('a push is enriched, through all that a service does', async () => {
  const repository = gitea.world.createRepository('acme', 'widgets');
  gitea.world.addHook(
    { kind: 'repository', repositoryId: repository.id },
    {
      active: true,
      events: ['push'],
      config: { url: service.url, content_type: 'json' },
      secret: testSecret,
    },
  );
  repository.push('main', { commits: 2 });
  repository.forcePush('main', { commits: 8 });
  await until('all commits', async () => (await run())?.listed === 8);
  const forced = await until('the history', async () => {
    const [row] = await service.rows<{ kind: string }>('select kind from pushledger.pushes where forced');
    return row;
  });
  expect(forced).toEqual({ kind: 'updated' });
});
