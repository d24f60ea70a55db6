import { z } from 'zod';
import { catalogue, type EventType } from '../events/catalogue.ts';
import type { StoredEvent } from '../events/codec.ts';
import { pushIdSchema } from '../events/ids.ts';
import { signedBodySchema } from '../events/push-received.ts';
import { upcast } from '../events/upcast.ts';
import type { Essentials } from './essentials.ts';

/** As much of a push as is audited: to validate all of it would take as long as everything else together. */
const pushSchema = z.object({
  pushId: pushIdSchema,
  deliveryId: z.string().nullable(),
  occurrence: z.number(),
  source: z.enum(['webhook', 'recovery']),
  receivedAt: z.string(),
  instance: z.string(),
  repository: z.object({ id: z.number(), fullName: z.string() }),
  ref: z.string(),
  refKind: z.enum(['branch', 'tag', 'other']),
  before: z.string().nullable(),
  after: z.string(),
  kind: z.enum(['created', 'updated', 'rewound', 'deleted']),
  pusher: z.object({ login: z.string() }).nullable(),
  body: signedBodySchema.nullable(),
  /** Of one that came late: the recovered push that it is a part of. */
  within: pushIdSchema.optional(),
});
export type AuditedPush = z.infer<typeof pushSchema>;

export function essentialsOf(push: AuditedPush): Essentials {
  const { ref, before, after, repository, pusher } = push;
  return {
    ref,
    before,
    after,
    repositoryId: repository.id,
    repository: repository.fullName,
    pusher: pusher?.login ?? null,
  };
}

/** Gitea tells of it by an event of its own, which names no commit. */
export function isBranchDelete(push: AuditedPush): boolean {
  return push.kind === 'deleted' && push.before === null;
}

const schemas = {
  PushReceived: pushSchema,
  PushConfirmed: catalogue.PushConfirmed.schema,
  DeliveryRejected: catalogue.DeliveryRejected.schema,
} as const satisfies Partial<Record<EventType, z.ZodType>>;
export type AuditedType = keyof typeof schemas;

const versionSchema = z.object({ schemaVersion: z.number().int().positive() });

/** The data of an event, by its type; null where it does not fit the schema, which no writer of ours lets pass. */
export type AuditedContent = {
  [T in AuditedType]: { readonly type: T; readonly data: z.infer<(typeof schemas)[T]> | null };
}[AuditedType];

/** Null for an event of a type that carries no proof. */
export function auditedContent(event: StoredEvent): AuditedContent | null {
  switch (event.type) {
    case 'PushReceived':
    case 'PushConfirmed':
    case 'DeliveryRejected':
      // Type and data belong together by the table, which TypeScript cannot follow through the union.
      return { type: event.type, data: auditedData(event.type, event) } as AuditedContent;
    default:
      return null;
  }
}

/** The data of an event in its newest version; null when it does not fit the schema. */
export function auditedData<T extends AuditedType>(
  type: T,
  event: StoredEvent,
): z.infer<(typeof schemas)[T]> | null {
  try {
    const { schemaVersion } = versionSchema.parse(JSON.parse(event.metadata));
    const data = upcast(type, JSON.parse(event.data), schemaVersion, catalogue[type].version);
    // The schema was looked up by this very type, which TypeScript cannot follow through the table.
    return schemas[type].parse(data) as z.infer<(typeof schemas)[T]>;
  } catch {
    return null;
  }
}
