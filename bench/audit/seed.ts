import { createHash, createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { MovableEventStore } from '../../src/event-store/event-store.ts';
import { type EncodedEvent, encodeEvent } from '../../src/events/codec.ts';
import { type DeliveryId, type EventId, pushIdOf, streamOf } from '../../src/events/ids.ts';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import { factsOfPush } from '../../src/ingest/push-facts.ts';

type Body = Record<string, unknown> & { commits: Record<string, unknown>[]; repository: object };

const batch = 500;
const repositories = 200;
const begin = Date.UTC(2026, 0, 1);
const zeros = '0'.repeat(40);
const fixture = JSON.parse(
  readFileSync(new URL('../../test/fixtures/push-force-rewrite.json', import.meta.url), 'utf8'),
) as Body;
const shaOf = (text: string) => createHash('sha1').update(text).digest('hex');

/** Signed pushes as Gitea sends them, to branches of 200 repositories, each branch an unbroken chain. */
export async function seedPushes(store: MovableEventStore, count: number, secret: string): Promise<void> {
  const heads = new Map<number, string>();
  for (let from = 0; from < count; from += batch) {
    const size = Math.min(batch, count - from);
    const events = Array.from({ length: size }, (_, index) => pushEvent(from + index, heads, secret));
    const { outcome } = await store.appendInOrder(events);
    if (outcome !== 'stored') throw new Error(`a batch was not stored: ${outcome}`);
  }
}

function pushEvent(number: number, heads: Map<number, string>, secret: string): EncodedEvent {
  const repositoryId = 1 + (number % repositories);
  const before = heads.get(repositoryId) ?? zeros;
  const after = shaOf(`commit ${number}`);
  heads.set(repositoryId, after);
  const fullName = `acme/repository-${repositoryId}`;
  const repository = { ...fixture.repository, id: repositoryId, full_name: fullName };
  const commits = fixture.commits.map((commit) => ({
    ...commit,
    id: after,
    message: `Change ${number}\n\nWhy.\n`,
  }));
  const body = { ...fixture, before, after, commits, head_commit: commits.at(-1) ?? null, repository };
  const signed = Buffer.from(JSON.stringify(body, null, 2));
  const deliveryId = randomUUID() as DeliveryId;
  const receivedAt = new Date(begin + number * 1_000);
  const facts = factsOfPush(body, {
    deliveryId,
    receivedAt,
    signedBody: {
      digest: createHash('sha256').update(signed).digest('hex'),
      size: signed.length,
      stored: true,
      contentType: 'json',
      signature: createHmac('sha256', secret).update(signed).digest('hex'),
      secret: 'bench',
    },
    instance: 'bench',
    owner: 'acme',
    ignore: ignoreNothing,
  });
  const pushId = pushIdOf({ instance: 'bench', repositoryId, ref: facts.ref, after }, 0);
  return encodeEvent({
    type: 'PushReceived',
    stream: streamOf.push(pushId),
    id: deliveryId as string as EventId,
    data: { ...facts, pushId, occurrence: 0 },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: receivedAt,
    timings: { readMs: 0.812, verifyMs: 0.144, parseMs: 0.377 },
    body: gzipSync(signed),
  });
}
