import { z } from 'zod';
import { deliveryIdSchema, eventIdSchema, messageIdSchema, pushIdSchema } from './ids.ts';
import { pushReceivedSchema, signedBodySchema } from './push-received.ts';

const timestamp = z.iso.datetime({ offset: true });
const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** An event by its stream, where any store finds it at once, and its id. */
const eventReference = z.object({ id: eventIdSchema, stream: z.string() });

/**
 * Every type of event that we write, with the schema of its data and the schema's version. A change that old
 * events do not fit raises the version here and adds the way up in `upcast.ts`.
 */
export const catalogue = {
  LedgerCreated: { version: 1, schema: z.object({ createdAt: timestamp, instance: z.string() }) },

  PushReceived: { version: 1, schema: pushReceivedSchema },

  PushRedelivered: {
    version: 1,
    schema: z.object({
      pushId: pushIdSchema,
      deliveryId: deliveryIdSchema,
      receivedAt: timestamp,
      signature: z.string(),
      secret: z.string(),
    }),
  },

  /** The webhook of a push that recovery had found first: it brings the signed bytes. */
  PushConfirmed: {
    version: 1,
    schema: z.object({
      pushId: pushIdSchema,
      deliveryId: deliveryIdSchema,
      receivedAt: timestamp,
      body: signedBodySchema,
    }),
  },

  TestDeliveryReceived: {
    version: 1,
    schema: z.object({
      deliveryId: deliveryIdSchema,
      receivedAt: timestamp,
      repository: z.object({ id: z.number().int(), fullName: z.string() }),
      sender: z.string().nullable(),
    }),
  },

  /** Signed correctly, but not a push. Kept so that it can be taken again after an upgrade. */
  DeliveryRejected: {
    version: 1,
    schema: z.object({
      deliveryId: deliveryIdSchema,
      receivedAt: timestamp,
      event: z.string(),
      code: z.string(),
      reason: z.string(),
      body: signedBodySchema,
    }),
  },

  /** Written before the first request, so that every attempt sends the same bytes under the same id. */
  NotificationPlanned: {
    version: 1,
    schema: z.object({
      messageId: messageIdSchema,
      version: z.number().int().positive(),
      room: z.string(),
      pushIds: z.array(pushIdSchema).min(1),
      transactionId: z.string(),
      content: z.record(z.string(), z.json()),
      plannedAt: timestamp,
    }),
  },

  NotificationSent: {
    version: 1,
    schema: z.object({
      messageId: messageIdSchema,
      version: z.number().int().positive(),
      /** The pushes that the message names. */
      pushIds: z.array(pushIdSchema).min(1),
      /** The event id that the homeserver gave; on the console, the transaction id. */
      remoteId: z.string(),
      attempts: z.number().int().positive(),
      startedAt: timestamp,
      sentAt: timestamp,
    }),
  },

  NotificationFailed: {
    version: 1,
    schema: z.object({
      messageId: messageIdSchema,
      version: z.number().int().positive(),
      pushIds: z.array(pushIdSchema).min(1),
      attempts: z.number().int().positive(),
      reason: z.string(),
      failedAt: timestamp,
    }),
  },

  /** A seal over every event behind the one that the last seal ended with, up to `last`: see `seal-digest.ts`. */
  LogSealed: {
    version: 1,
    schema: z.object({
      sequence: z.number().int().positive(),
      count: z.number().int().positive(),
      first: eventReference,
      last: eventReference,
      /** The HMAC of the seal before it; null for the first one. */
      previous: digest.nullable(),
      hmac: digest,
      /** Names the key, and tells nothing of it. */
      key: z.string().regex(/^[0-9a-f]{16}$/),
      sealedAt: timestamp,
    }),
  },
} as const;

export type EventType = keyof typeof catalogue;
export type DataOf<T extends EventType> = z.infer<(typeof catalogue)[T]['schema']>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(catalogue, type);
}
