import { z } from 'zod';
import {
  dagTriggeredSchema,
  dagTriggerFailedSchema,
  dagTriggerRetriedSchema,
  dagTriggersStartedSchema,
} from './dag-events.ts';
import { hookInstalledSchema, hookRemovedSchema } from './hook-events.ts';
import { deliveryIdSchema, eventIdSchema, messageIdSchema, pushIdSchema } from './ids.ts';
import { pushEnrichedSchema } from './push-enriched.ts';
import { pushReceivedSchema, signedBodySchema } from './push-received.ts';
import { pushesCollapsedSchema, repositoryBaselinedSchema } from './recovery-events.ts';

const timestamp = z.iso.datetime({ offset: true });
const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** A repository, whatever it is called by now. */
const repositoryReference = z.object({ instance: z.string(), id: z.number().int() });
/** An event by its stream, where any store finds it at once, and its id. */
const eventReference = z.object({ id: eventIdSchema, stream: z.string() });

/**
 * Every type of event that we write, with the schema of its data and the schema's version. A change that old
 * events do not fit raises the version here and adds the way up in `upcast.ts`.
 */
export const catalogue = {
  LedgerCreated: {
    version: 1,
    schema: z
      .object({ createdAt: timestamp, instance: z.string() })
      .describe('The first start. Its event id names the ledger.'),
  },

  PushReceived: {
    version: 1,
    schema: pushReceivedSchema.describe(
      'A push, as a delivery told it or as recovery found it. The verbatim signed bytes travel beside the data.',
    ),
  },

  PushRedelivered: {
    version: 1,
    schema: z
      .object({
        pushId: pushIdSchema,
        deliveryId: deliveryIdSchema,
        receivedAt: timestamp,
        signature: z.string(),
        secret: z.string(),
      })
      .describe(
        'The same signed bytes came again, under another delivery id. At most 100 of a push are stored.',
      ),
  },

  PushConfirmed: {
    version: 1,
    schema: z
      .object({
        pushId: pushIdSchema,
        deliveryId: deliveryIdSchema,
        receivedAt: timestamp,
        body: signedBodySchema,
      })
      .describe('The webhook of a push that recovery had found first: it brings the signed bytes.'),
  },

  PushEnriched: {
    version: 1,
    schema: pushEnrichedSchema.describe(
      "What a push does not tell and Gitea's API did: all of its commits, and whether it was forced.",
    ),
  },

  TestDeliveryReceived: {
    version: 1,
    schema: z
      .object({
        deliveryId: deliveryIdSchema,
        receivedAt: timestamp,
        repository: z.object({ id: z.number().int(), fullName: z.string() }),
        sender: z.string().nullable(),
      })
      .describe("Gitea's test button, or its API: nothing was pushed."),
  },

  DeliveryRejected: {
    version: 2,
    schema: z
      .object({
        deliveryId: deliveryIdSchema,
        receivedAt: timestamp,
        repository: z
          .object({ id: z.number().int(), fullName: z.string().nullable() })
          .nullable()
          .describe('As far as the body tells.'),
        event: z.string(),
        code: z.string(),
        reason: z.string(),
        body: signedBodySchema,
      })
      .describe('Signed correctly, but not a push. Kept so that it can be taken again after an upgrade.'),
  },

  NotificationPlanned: {
    version: 2,
    schema: z
      .object({
        messageId: messageIdSchema,
        version: z
          .number()
          .int()
          .positive()
          .describe('From 1. A later one is an edit of the first, and names all pushes of those before it.'),
        room: z.string(),
        pushIds: z.array(pushIdSchema).min(1),
        routes: z
          .array(z.object({ pushId: pushIdSchema, rooms: z.array(z.string()) }))
          .describe(
            'Of the pushes that no message named before: every room that they go to, whatever is configured later.',
          ),
        opens: z
          .array(repositoryReference)
          .describe('The repositories whose window in this room the message opens; none for an edit.'),
        enriched: z.array(pushIdSchema).describe('The pushes that it tells with their enrichment.'),
        transactionId: z.string(),
        content: z.record(z.string(), z.json()),
        plannedAt: timestamp,
      })
      .describe(
        'Written before the first request, so that every attempt sends the same bytes under the same id.',
      ),
  },

  NotificationSent: {
    version: 2,
    schema: z
      .object({
        messageId: messageIdSchema,
        version: z.number().int().positive(),
        pushIds: z.array(pushIdSchema).min(1).describe('The pushes that the message names.'),
        remoteId: z
          .string()
          .describe('The event id that the homeserver gave; on the console, the transaction id.'),
        device: z
          .string()
          .nullable()
          .describe(
            'The device for which the homeserver remembers the transaction id; null where there is none.',
          ),
        attempts: z.number().int().positive(),
        startedAt: timestamp,
        sentAt: timestamp,
      })
      .describe('The homeserver took the message, or the console printed it.'),
  },

  NotificationFailed: {
    version: 1,
    schema: z
      .object({
        messageId: messageIdSchema,
        version: z.number().int().positive(),
        pushIds: z.array(pushIdSchema).min(1),
        attempts: z.number().int().positive(),
        reason: z.string(),
        failedAt: timestamp,
      })
      .describe('A message was given up: it is parked until a person looks.'),
  },

  NotificationRetried: {
    version: 1,
    schema: z
      .object({
        messageId: messageIdSchema,
        version: z.number().int().positive(),
        pushIds: z.array(pushIdSchema).min(1),
        failures: z
          .number()
          .int()
          .positive()
          .describe('How often it had been parked by then: a retry ends these, and none that come after it.'),
        retriedAt: timestamp,
      })
      .describe('A person asked to send a parked message again.'),
  },

  DagTriggersStarted: {
    version: 1,
    schema: dagTriggersStartedSchema.describe(
      'The first start with a dag_engine. Pushes that stand before it in the log are never triggered.',
    ),
  },
  DagTriggered: {
    version: 1,
    schema: dagTriggeredSchema.describe(
      'dag_engine accepted the run. What becomes of it, it does not tell us.',
    ),
  },
  DagTriggerFailed: {
    version: 1,
    schema: dagTriggerFailedSchema.describe('A DAG was given up: it is parked until a person looks.'),
  },
  DagTriggerRetried: {
    version: 1,
    schema: dagTriggerRetriedSchema.describe(
      'A person wants a push triggered after all that was given up, or that had become too old.',
    ),
  },

  RepositoryBaselined: {
    version: 1,
    schema: repositoryBaselinedSchema.describe(
      'Where recovery starts in a repository: nothing that was pushed before counts as missed.',
    ),
  },

  PushesCollapsed: {
    version: 1,
    schema: pushesCollapsedSchema.describe(
      "In which time which refs' pushes were recovered as one: what arrives of them later is late.",
    ),
  },

  HookInstalled: {
    version: 1,
    schema: hookInstalledSchema.describe('A hook is in Gitea, as it is described here.'),
  },
  HookRemoved: { version: 1, schema: hookRemovedSchema.describe('A hook is in Gitea no longer.') },

  LogSealed: {
    version: 1,
    schema: z
      .object({
        sequence: z.number().int().positive(),
        count: z.number().int().positive(),
        first: eventReference,
        last: eventReference,
        previous: digest.nullable().describe('The HMAC of the seal before it; null for the first one.'),
        hmac: digest,
        key: z
          .string()
          .regex(/^[0-9a-f]{16}$/)
          .describe('Names the key, and tells nothing of it.'),
        sealedAt: timestamp,
      })
      .describe('A seal over every event behind the one that the last seal ended with, up to `last`.'),
  },
} as const;

export type EventType = keyof typeof catalogue;
export type DataOf<T extends EventType> = z.infer<(typeof catalogue)[T]['schema']>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(catalogue, type);
}
