import { createHash } from 'node:crypto';
import type { AuditReport } from '../../../src/audit/report.ts';
import { encodeEvent } from '../../../src/events/codec.ts';
import { pushIdOf } from '../../../src/events/ids.ts';
import type { PushReceived } from '../../../src/events/push-received.ts';
import { pushReceived } from '../../support/event-drafts.ts';
import type { AuditedService } from './audited-service.ts';

/** The streams of what a report calls broken, in its order. */
export function brokenStreams({ findings }: AuditReport): string[] {
  return findings.filter(({ kind }) => kind === 'broken').map(({ stream }) => stream);
}

export function textsOf({ findings }: AuditReport): string {
  return findings.map(({ text }) => text).join('\n');
}

/** With the push id that follows from its facts, as every push has it. */
export function named(push: PushReceived): PushReceived {
  const { instance, ref, after, occurrence, repository } = push;
  return { ...push, pushId: pushIdOf({ instance, ref, after, repositoryId: repository.id }, occurrence) };
}

/** Appends a push that no delivery brought. One that is too old is never announced, and the service never settled. */
export async function append(service: AuditedService, push: PushReceived): Promise<void> {
  const recent = { ...push, receivedAt: new Date().toISOString() };
  await service.ledger.store.append(encodeEvent(pushReceived(named(recent))));
  await service.settled();
}

/** Puts an event where it never was, and gives its stream. */
export async function insertAt(
  service: AuditedService,
  position: number,
  push: PushReceived,
): Promise<string> {
  const after = createHash('sha1').update(push.pushId).digest('hex');
  const event = encodeEvent(pushReceived(named({ ...push, after })));
  await service.tamper(
    `insert into pushledger.events (position, event_id, stream, type, data, metadata, correlation_id)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7)`,
    [position, event.id, event.stream, event.type, event.data, event.metadata, event.correlationId],
  );
  return event.stream;
}
