import { z } from 'zod';
import { deliveryIdSchema, pushIdSchema } from './ids.ts';

const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const count = z.number().int().nonnegative();
const timestamp = z.iso.datetime({ offset: true });

const identity = z.object({
  name: z.string(),
  email: z.string(),
  /** The account that Gitea found for the e-mail address, or "". */
  username: z.string(),
});

const commit = z.object({
  id: sha,
  /** At most 8 KiB; `messageCut` tells when there was more. */
  message: z.string(),
  messageCut: z.boolean(),
  url: z.string().nullable(),
  author: identity,
  committer: identity,
  /** The author date, with the author's own offset. Forgeable, and not the time of the push. */
  authoredAt: timestamp.nullable(),
  files: z.object({ added: count, removed: count, modified: count }),
});

/** Who pushed, by Gitea's own account. The Actions bot has id -2, a deleted account -1. */
const account = z.object({ id: z.number().int().nullable(), login: z.string(), fullName: z.string() });

/** What verified the delivery; the bytes themselves travel beside the event's data. */
const signedBody = z.object({
  /** Lower-case hex of SHA-256 over the signed bytes. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Length of the signed bytes. */
  size: count,
  /** False where the compressed bytes are larger than a store takes: the digest alone remains. */
  stored: z.boolean(),
  contentType: z.enum(['json', 'form']),
  /** Lower-case hex of HMAC-SHA256 as Gitea sent it. */
  signature: z.string().regex(/^[0-9a-f]{64}$/),
  /** The name (never the value) of the secret that verified it. */
  secret: z.string(),
});

export const pushReceivedSchema = z.object({
  pushId: pushIdSchema,
  /** Null for a push that recovery found. */
  deliveryId: deliveryIdSchema.nullable(),
  /** How often the same ref went to the same commit before. */
  occurrence: count,
  source: z.enum(['webhook', 'recovery']),
  receivedAt: timestamp,
  /** When it was pushed, where that is known: a webhook does not say. */
  pushedAt: timestamp.nullable(),
  instance: z.string(),
  repository: z.object({
    id: z.number().int(),
    owner: z.string(),
    name: z.string(),
    fullName: z.string(),
    url: z.string().nullable(),
  }),
  /** The name that the repository's node should have; the projection settles conflicts. */
  nodeId: z.string(),
  ref: z.string(),
  refKind: z.enum(['branch', 'tag', 'other']),
  /** The short name of a branch; null for anything else. */
  branch: z.string().nullable(),
  /** Null where Gitea does not tell (a deleted branch). */
  before: sha.nullable(),
  after: sha,
  kind: z.enum(['created', 'updated', 'rewound', 'deleted']),
  /** Oldest first. Gitea sends the newest five. */
  commits: z.array(commit),
  head: commit.nullable(),
  totalCommits: count,
  /** True where there may be more than `totalCommits` says. */
  totalIsFloor: z.boolean(),
  compareUrl: z.string().nullable(),
  pusher: account.nullable(),
  /** Why nobody is told of this push; null for a push that is announced. */
  ignored: z.string().nullable(),
  /** Fields of the body that were missing or of another shape and count as absent. */
  notes: z.array(z.string()),
  body: signedBody.nullable(),
});

export type PushReceived = z.infer<typeof pushReceivedSchema>;
export type Commit = z.infer<typeof commit>;
export type Account = z.infer<typeof account>;
export type SignedBody = z.infer<typeof signedBody>;
export { signedBody as signedBodySchema };
