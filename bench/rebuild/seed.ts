import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { readFixture } from '../../src/demo/deliveries.ts';
import { encodeEvent } from '../../src/events/codec.ts';
import { type DeliveryId, type EventId, pushIdOf, streamOf } from '../../src/events/ids.ts';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import { factsOfPush } from '../../src/ingest/push-facts.ts';

const eventsPerStatement = 1_000;
const repositories = 40;
const template = JSON.parse(readFixture('push-12-commits-capped-5').toString());

/** As pushes are in a team's day: most bring one commit, some a few, one in ten the five that Gitea lists. */
function commitsOf(index: number): number {
  const place = index % 10;
  return place < 6 ? 1 : place < 8 ? 2 : place < 9 ? 3 : 5;
}

const hex = (text: string) => createHash('sha1').update(text).digest('hex');

function pushDraft(index: number) {
  const commits = template.commits.slice(0, commitsOf(index)).map((commit: object, place: number) => ({
    ...commit,
    id: hex(`commit ${index} ${place}`),
    message: `Change ${index}.${place}: make the thing do what it says\n\nBecause of #${index % 977}.\n`,
    author: {
      name: `Author ${index % 23}`,
      email: `author${index % 23}@example.org`,
      username: `author${index % 23}`,
    },
  }));
  const after = commits[0].id;
  const repositoryId = 1 + (index % repositories);
  const receivedAt = new Date(Date.UTC(2026, 0, 1) + index * 1_000);
  const deliveryId = randomUUID() as DeliveryId;
  const facts = factsOfPush(
    {
      ...template,
      ref: `refs/heads/${index % 7 === 0 ? `topic-${index % 91}` : 'main'}`,
      before: hex(`before ${index}`),
      after,
      commits,
      head_commit: commits[0],
      total_commits: commits.length,
      pusher: { ...template.pusher, login: `user${index % 17}`, full_name: `User ${index % 17}` },
      repository: {
        ...template.repository,
        id: repositoryId,
        full_name: `acme/repository-${repositoryId}`,
      },
    },
    {
      deliveryId,
      receivedAt,
      instance: 'bench',
      owner: 'acme',
      ignore: ignoreNothing,
      signedBody: {
        digest: hex(`body ${index}`).padEnd(64, '0'),
        size: 5_900,
        stored: false,
        contentType: 'json',
        signature: '0'.repeat(64),
        secret: 'bench',
      },
    },
  );
  const pushId = pushIdOf({ instance: 'bench', repositoryId, ref: facts.ref, after }, 0);
  return encodeEvent({
    type: 'PushReceived',
    stream: streamOf.push(pushId),
    id: deliveryId as string as EventId,
    data: { ...facts, pushId, occurrence: 0 },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: new Date(receivedAt.getTime() + 3),
    timings: { readMs: 1.2, verifyMs: 0.1, parseMs: 0.3 },
  });
}

/** Fills the log with `count` pushes of forty repositories. The bodies are left out: no projection reads them. */
export async function seedPushes(databaseUrl: string, count: number): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query('set synchronous_commit = off');
  for (let from = 0; from < count; from += eventsPerStatement) {
    const size = Math.min(eventsPerStatement, count - from);
    const events = Array.from({ length: size }, (_, offset) => pushDraft(from + offset));
    await client.query(
      `select count(*) from pushledger.append_events($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
         $6::text[], $7::bytea[])`,
      [
        events.map((event) => event.id),
        events.map((event) => event.stream),
        events.map((event) => event.type),
        events.map((event) => event.data),
        events.map((event) => event.metadata),
        events.map((event) => event.correlationId),
        events.map(() => null),
      ],
    );
  }
  await client.query('analyze pushledger.events');
  await client.end();
}
