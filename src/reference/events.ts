import { z } from 'zod';
import { catalogue, type EventType } from '../events/catalogue.ts';
import { streamOf } from '../events/ids.ts';
import { fieldsOf, type JsonSchema } from './json-schema.ts';
import { code, table } from './markdown.ts';

/** Stands for any value in the name of a stream. */
const any = (name: string) => `<${name}>` as never;
const pushId = any('push id');
const deliveryId = any('delivery id');
const messageId = any('message id');
const version = any('version');
const n = any('n');
/** The name of a stream that is made of a hash, with what the hash is made of. */
const collapsedStream = 'pushledger.collapsed-<UUID v5 of instance and repository id>.<n>';

/** Where an event of each type stands, and what its id is. */
const places: Readonly<Record<EventType, { readonly stream: string; readonly id: string }>> = {
  LedgerCreated: { stream: streamOf.ledger(), id: 'random' },
  PushReceived: { stream: streamOf.push(pushId), id: 'delivery id; of the stream where recovery found it' },
  PushRedelivered: { stream: streamOf.redelivery(deliveryId), id: 'delivery id' },
  PushConfirmed: { stream: streamOf.confirmation(pushId), id: 'delivery id' },
  PushEnriched: { stream: streamOf.enrichment(pushId), id: 'of the stream' },
  TestDeliveryReceived: { stream: streamOf.testDelivery(deliveryId), id: 'delivery id' },
  DeliveryRejected: { stream: streamOf.rejection(deliveryId), id: 'delivery id' },
  NotificationPlanned: { stream: streamOf.notification(messageId, version), id: 'of the stream' },
  NotificationSent: { stream: streamOf.notificationSent(messageId, version), id: 'of the stream' },
  NotificationFailed: { stream: streamOf.notificationFailed(messageId, version, n), id: 'of the stream' },
  NotificationRetried: { stream: streamOf.notificationRetried(messageId, version, n), id: 'of the stream' },
  DagTriggersStarted: { stream: streamOf.dagStart(), id: 'of the stream' },
  DagTriggered: { stream: streamOf.dag(pushId), id: 'of the stream' },
  DagTriggerFailed: { stream: streamOf.dagFailed(pushId, n), id: 'of the stream' },
  DagTriggerRetried: { stream: streamOf.dagRetried(pushId, n), id: 'of the stream' },
  RepositoryBaselined: {
    stream: `${streamOf.baseline(any('repository id'), 0)}[.<part>]`,
    id: 'of the stream',
  },
  PushesCollapsed: { stream: collapsedStream, id: 'of the stream' },
  HookInstalled: { stream: streamOf.hook(any('hook id'), n), id: 'of the stream' },
  HookRemoved: { stream: streamOf.hook(any('hook id'), n), id: 'of the stream' },
  LogSealed: { stream: streamOf.seal(n), id: 'of the stream' },
};

/** Every type of event as the documentation lists it, without a line break at its end. */
export function renderEvents(): string {
  return (Object.keys(catalogue) as EventType[]).map(renderEvent).join('\n\n');
}

function renderEvent(type: EventType): string {
  const { schema, version } = catalogue[type];
  // What is read from a store, before it becomes our own types.
  const json = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  const { stream, id } = places[type];
  return [
    `### ${type}`,
    json.description ?? '',
    `Stream ${code(stream)}, version ${version}. Event id: ${id}.`,
    table(
      ['Field', 'Type', 'Meaning'],
      fieldsOf(json).map(({ path, type, meaning }) => [code(path), type, meaning]),
    ),
  ].join('\n\n');
}
