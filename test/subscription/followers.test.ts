import { afterAll, beforeAll, expect, test } from 'vitest';
import { parked as parkedCheck } from '../../src/doctor/checks/parked.ts';
import type { World } from '../../src/doctor/world.ts';
import type { HealthReport } from '../../src/health/report.ts';
import { followerNames } from '../../src/service/late-takers.ts';
import { listParked, skipParked } from '../../src/subscription/parking.ts';
import { until } from '../support/condition.ts';
import { type DagEngineDouble, startDagEngine } from '../support/dag-engine.ts';
import { type GiteaDouble, startGitea } from '../support/gitea/server.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';
import { undecodable } from '../support/undecodable.ts';

let engine: DagEngineDouble;
let gitea: GiteaDouble;
let service: RunningService;
beforeAll(async () => {
  engine = await startDagEngine();
  gitea = await startGitea();
  service = await startTestService({
    env: {
      DAG_ENGINE_URL: engine.url,
      DAG_ENGINE_DAG: 'on_push',
      GITEA_URL: gitea.url,
      GITEA_TOKEN: 'good-token',
      PUSHLEDGER_INSTANCE: 'gitea.test',
    },
  });
});
afterAll(async () => {
  await service.stop();
  await gitea.close();
  await engine.close();
});

const health = async () =>
  (await (await fetch(service.url.replace('/gitea', '/health'))).json()) as HealthReport;
const names = [...followerNames].sort();

test('a push that does not fit its schema is parked by all that follow the log, and each says so until it is skipped', async () => {
  const { pool, store } = service.ledger;
  await until('a sound service', async () => (await health()).status === 'ok');
  const bad = undecodable();
  await store.append(bad);
  await until('all of them', async () => (await listParked(pool)).length >= names.length);
  expect((await listParked(pool)).map(({ subscriber, eventId }) => [subscriber, eventId])).toEqual(
    names.map((name) => [name, bad.id]),
  );

  const head = await store.head();
  await until('all at the end of the log', async () =>
    (await health()).projections.every(({ position }) => BigInt(position) >= head),
  );
  const report = await health();
  expect(report.status).toBe('degraded');
  expect(report.projections.map(({ name, parked, error }) => [name, parked, error])).toEqual(
    names.map((name) => [name, 1, null]),
  );

  const world = { database: async () => pool } as Partial<World> as World;
  expect(await parkedCheck.run(world)).toEqual(
    names.map((name) =>
      expect.objectContaining({
        text: `1 events could not be taken by ${name}`,
        advice: expect.stringContaining(`projections retry ${name} --all, or skip`),
      }),
    ),
  );

  await until('the metrics', async () => {
    const metrics = await (await fetch(`${service.address}/metrics`)).text();
    return names.every((name) => metrics.includes(`pushledger_parked_events{name="${name}"} 1`));
  });

  for (const name of names) expect(await skipParked(pool, name, bad.id, new Date())).toBe(true);
  await until('a sound service again', async () => (await health()).status === 'ok');
});
