/**
 * `GET /api/pushes` — pushes that fit every filter, the newest first, with where each stands.
 */
import { z } from 'zod';
import {
  count,
  cursorParameter,
  limitParameter,
  nextCursor,
  textParameter,
  timeParameter,
  timestamp,
  uuid,
} from './common.ts';

export const pushQuery = z.object({
  repo: textParameter(511).optional().meta({ description: 'owner/name, in any case' }),
  branch: textParameter(1_000).optional(),
  pusher: textParameter(255).optional().meta({ description: 'Login of who pushed, in any case' }),
  author: textParameter(400)
    .optional()
    .meta({ description: 'Name, e-mail address or login of an author of a commit, in any case' }),
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/i, '7 to 64 hex digits are expected')
    .optional()
    .meta({ description: 'The beginning of a commit id, at least 7 digits' }),
  q: textParameter(400)
    .optional()
    .meta({ description: 'Words of commit messages; "a phrase", -without and or are understood' }),
  status: z
    .enum(['success', 'ignored'])
    .optional()
    .meta({ description: 'ignored: recorded, but nobody is told; success: all others' }),
  since: timeParameter.optional(),
  until: timeParameter.optional().meta({ description: 'Exclusive' }),
  limit: limitParameter(50, 200),
  cursor: cursorParameter.optional(),
});

/**
 * Where the message of a push stands. `waiting`: none is planned yet. `none`: there will be none (it was too old when it
 * came, or the notifier has not seen it yet).
 */
export const announcement = z.enum(['ignored', 'waiting', 'planned', 'sent', 'parked', 'none']);

export const listedPush = z
  .object({
    pushId: uuid,
    receivedAt: timestamp,
    /** When it was pushed, where that is known (recovery). */
    pushedAt: timestamp.nullable(),
    source: z.enum(['webhook', 'recovery']),
    /** owner/name */
    repository: z.string(),
    ref: z.string(),
    refKind: z.enum(['branch', 'tag', 'other']),
    /** The short name of a branch; null for anything else. */
    branch: z.string().nullable(),
    kind: z.enum(['created', 'updated', 'rewound', 'deleted']),
    before: z.string().nullable(),
    after: z.string(),
    commitCount: count,
    /** True where there may be more commits. */
    commitCountIsFloor: z.boolean(),
    /** Whether commits were taken off the branch; null where nobody knows (yet). */
    forced: z.boolean().nullable(),
    /** Login. */
    pusher: z.string().nullable(),
    /** Name of the author of the newest commit. */
    author: z.string().nullable(),
    /** First line of the newest commit's message. */
    title: z.string().nullable(),
    compareUrl: z.string().nullable(),
    /** Why nobody is told of it; null for all others. */
    ignored: z.string().nullable(),
    announcement,
  })
  .meta({ id: 'ListedPush' });

export const pushList = z.object({ pushes: z.array(listedPush), nextCursor }).meta({ id: 'PushList' });

export type PushQuery = z.infer<typeof pushQuery>;
export type Announcement = z.infer<typeof announcement>;
export type ListedPush = z.infer<typeof listedPush>;
export type PushList = z.infer<typeof pushList>;
