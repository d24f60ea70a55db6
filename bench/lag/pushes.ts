import { createHash, randomUUID } from 'node:crypto';
import { readFixture } from '../../src/demo/deliveries.ts';
import { type EncodedEvent, encodeEvent } from '../../src/events/codec.ts';
import { type DeliveryId, type EventId, pushIdOf, streamOf } from '../../src/events/ids.ts';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import { factsOfPush } from '../../src/ingest/push-facts.ts';

const repositories = 40;
const template = JSON.parse(readFixture('push-force-rewrite').toString());
const hex = (text: string, algorithm = 'sha1') => createHash(algorithm).update(text).digest('hex');

/** A push of its own to one of forty repositories, as ingest writes it. */
export function encodedPush(index: number): EncodedEvent {
  const receivedAt = new Date();
  const deliveryId = randomUUID() as DeliveryId;
  const repositoryId = 1 + (index % repositories);
  const facts = factsOfPush(
    {
      ...template,
      after: hex(`push ${index}`),
      repository: { ...template.repository, id: repositoryId, full_name: `acme/repository-${repositoryId}` },
    },
    {
      deliveryId,
      receivedAt,
      instance: 'bench',
      owner: 'acme',
      ignore: ignoreNothing,
      signedBody: {
        digest: hex(`body ${index}`, 'sha256'),
        size: 5_900,
        stored: false,
        contentType: 'json',
        signature: '0'.repeat(64),
        secret: 'bench',
      },
    },
  );
  const pushId = pushIdOf({ instance: 'bench', repositoryId, ref: facts.ref, after: facts.after }, 0);
  return encodeEvent({
    type: 'PushReceived',
    stream: streamOf.push(pushId),
    id: deliveryId as string as EventId,
    data: { ...facts, pushId, occurrence: 0 },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: receivedAt,
    timings: { readMs: 1.2, verifyMs: 0.1, parseMs: 0.3 },
  });
}
