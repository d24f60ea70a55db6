import { z } from 'zod';
import { deliveryIdSchema, pushIdSchema } from './ids.ts';

const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const count = z.number().int().nonnegative();
const timestamp = z.iso.datetime({ offset: true });

const identity = z.object({
  name: z.string(),
  email: z.string(),
  username: z.string().describe('The account that Gitea found for the e-mail address, or "".'),
});

const commit = z.object({
  id: sha,
  message: z.string().describe('At most 8 KiB; `messageCut` tells when there was more.'),
  messageCut: z.boolean(),
  url: z.string().nullable(),
  author: identity,
  committer: identity,
  authoredAt: timestamp
    .nullable()
    .describe("The author date, with the author's own offset. Forgeable, and not the time of the push."),
  files: z.object({ added: count, removed: count, modified: count }),
});

/** Who pushed, by Gitea's own account. The Actions bot has id -2, a deleted account -1. */
const account = z.object({ id: z.number().int().nullable(), login: z.string(), fullName: z.string() });

/** What verified the delivery; the bytes themselves travel beside the event's data. */
const signedBody = z.object({
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Lower-case hex of SHA-256 over the signed bytes.'),
  size: count.describe('Length of the signed bytes.'),
  stored: z
    .boolean()
    .describe('False where the compressed bytes are larger than a store takes: the digest alone remains.'),
  contentType: z.enum(['json', 'form']),
  signature: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Lower-case hex of HMAC-SHA256 as Gitea sent it.'),
  secret: z.string().describe('The name (never the value) of the secret that verified it.'),
});

export const pushReceivedSchema = z.object({
  pushId: pushIdSchema,
  deliveryId: deliveryIdSchema.nullable().describe('Null for a push that recovery found.'),
  occurrence: count.describe('How often the same ref went to the same commit before.'),
  source: z.enum(['webhook', 'recovery']),
  receivedAt: timestamp,
  pushedAt: timestamp.nullable().describe('When it was pushed, where that is known: a webhook does not say.'),
  instance: z.string(),
  repository: z.object({
    id: z.number().int(),
    owner: z.string(),
    name: z.string(),
    fullName: z.string(),
    url: z.string().nullable(),
  }),
  nodeId: z
    .string()
    .describe("The name that the repository's node should have; the projection settles conflicts."),
  ref: z.string(),
  refKind: z.enum(['branch', 'tag', 'other']),
  branch: z.string().nullable().describe('The short name of a branch; null for anything else.'),
  before: sha.nullable().describe('Null where Gitea does not tell (a deleted branch).'),
  after: sha,
  kind: z.enum(['created', 'updated', 'rewound', 'deleted']),
  commits: z.array(commit).describe('Oldest first. Gitea sends the newest five.'),
  head: commit.nullable(),
  totalCommits: count,
  totalIsFloor: z.boolean().describe('True where there may be more than `totalCommits` says.'),
  compareUrl: z.string().nullable(),
  pusher: account.nullable(),
  recovered: z
    .object({
      from: z
        .enum(['feed', 'comparison'])
        .describe("Gitea's activity feed, or the comparison of a ref with where the log had left it."),
      collapsed: z
        .boolean()
        .describe(
          'True where it stands for an unknown number of pushes, of which it has first `before` and last `after`.',
        ),
      until: timestamp.optional().describe('Of one whose time is not known: it had happened by then.'),
    })
    .optional()
    .describe(
      'Only of a push that recovery found, and then always: what it was made from, as there are no signed bytes.',
    ),
  within: pushIdSchema
    .optional()
    .describe(
      "Only of a push that arrived late: the recovered one that stood for it already. It is no link of the ref's chain.",
    ),
  ignored: z
    .string()
    .nullable()
    .describe('Why nobody is told of this push; null for a push that is announced.'),
  notes: z
    .array(z.string())
    .describe('Fields of the body that were missing or of another shape and count as absent.'),
  body: signedBody.nullable(),
});

export type PushReceived = z.infer<typeof pushReceivedSchema>;
export type Commit = z.infer<typeof commit>;
export type Account = z.infer<typeof account>;
export type SignedBody = z.infer<typeof signedBody>;
export { commit as commitSchema, signedBody as signedBodySchema };
