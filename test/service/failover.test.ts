import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../support/condition.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { bytesOf, fixture, post } from '../support/delivery.ts';
import { type KurrentCluster, startKurrentCluster } from '../support/kurrentdb/cluster.ts';
import { rowsOf, startOn } from './support/moving-service.ts';

let cluster: KurrentCluster;
let database: TestDatabase;
beforeEach(async () => {
  cluster = await startKurrentCluster();
  database = await createDatabase();
});
afterEach(async () => {
  await database.drop();
  await cluster.stop();
});

const pushes = 90;

/** A push of its own to one of three repositories. */
function body(index: number): Buffer {
  const push = fixture('push-force-rewrite');
  const id = 1 + (index % 3);
  return bytesOf({
    ...push,
    after: createHash('sha1').update(`push ${index}`).digest('hex'),
    repository: { ...push.repository, id, full_name: `acme/repository-${id}` },
  });
}

test('when the leader of the cluster changes in the middle of a burst, each push is one run and one message', async () => {
  const service = await startOn({ databaseUrl: database.url, eventStoreUrl: cluster.url });
  let answered = 0;
  const burst = Promise.all(
    Array.from({ length: pushes }, async (_, index) => {
      const answer = await post(service.url, { body: body(index) });
      answered++;
      return answer;
    }),
  );
  for (const share of [pushes / 6, pushes / 2]) {
    await until('a part of the answers', () => answered > share);
    cluster.failOver();
  }
  const answers = await burst;
  expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([]);
  // What was spooled meanwhile is drained behind the burst.
  const countRuns = `select count(*)::int as runs, count(distinct push_id)::int as pushes from data_factory.runs`;
  await until(
    'all runs',
    async () => (await rowsOf<{ runs: number }>(database.url, countRuns))[0]?.runs === pushes,
    30_000,
  );
  await service.settled();
  expect(await rowsOf(database.url, countRuns)).toEqual([{ runs: pushes, pushes }]);
  const messages = await rowsOf(
    database.url,
    `select count(*)::int as messages, count(distinct push_ids)::int as named
     from pushledger.notifications where state = 'sent'`,
  );
  expect(messages).toEqual([{ messages: pushes, named: pushes }]);
  const written = await service.stop();
  expect(written.match(/^message /gm)).toHaveLength(pushes);
});
