/**
 * `GET /api/pushes/{pushId}` — all that is known of a push: facts, commits, and its chain as a waterfall.
 * `GET /api/pushes/{pushId}/body` (or `?raw=1`) — the verbatim bytes that Gitea signed, as an attachment.
 */
import { z } from 'zod';
import { call } from './calls.ts';
import { count, timestamp, uuid } from './common.ts';
import { notificationState } from './notifications.ts';
import { announcement } from './pushes.ts';

export const pushParams = z.object({ pushId: uuid });
export const pushDetailsQuery = z.object({
  raw: z.enum(['1', 'true']).optional().meta({ description: 'The verbatim body instead' }),
});

const identity = z.object({ name: z.string(), email: z.string(), username: z.string() });

export const commit = z
  .object({
    id: z.string(),
    /** At most 8 KiB; `messageCut` tells when there was more. */
    message: z.string(),
    messageCut: z.boolean(),
    url: z.string().nullable(),
    author: identity,
    committer: identity,
    /** As the author's clock had it, with its offset. Not the time of the push. */
    authoredAt: timestamp.nullable(),
    files: z.object({ added: count, removed: count, modified: count }),
  })
  .meta({ id: 'Commit' });

/** A version of a message that names the push, with the Matrix content as it was planned: the last one first. */
export const pushNotification = z
  .object({
    messageId: uuid,
    version: z.int().positive(),
    room: z.string(),
    state: notificationState,
    plannedAt: timestamp,
    sentAt: timestamp.nullable(),
    attempts: count,
    reason: z.string().nullable(),
    content: z.record(z.string(), z.json()),
  })
  .meta({ id: 'PushNotification' });

/** What became of its DAG. */
export const pushTrigger = z
  .object({
    /** none (no DAG is configured for its repository), due, triggered or parked */
    state: z.string(),
    dag: z.string().nullable(),
    attempts: count,
    /** Of its run in data_factory. */
    runId: uuid.nullable(),
    /** What dag_engine calls the run, and where it can be looked at. */
    remoteRunId: z.string().nullable(),
    remoteUrl: z.string().nullable(),
    triggeredAt: timestamp.nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'PushTrigger' });

export const pushDetails = z
  .object({
    pushId: uuid,
    /** Null for a push that recovery found. */
    deliveryId: uuid.nullable(),
    source: z.enum(['webhook', 'recovery']),
    receivedAt: timestamp,
    pushedAt: timestamp.nullable(),
    /** When its event was written. */
    recordedAt: timestamp,
    instance: z.string(),
    repository: z.object({
      id: z.int(),
      owner: z.string(),
      name: z.string(),
      fullName: z.string(),
      url: z.string().nullable(),
    }),
    /** Of its run; null while it is not projected yet. */
    nodeId: z.string().nullable(),
    ref: z.string(),
    refKind: z.enum(['branch', 'tag', 'other']),
    branch: z.string().nullable(),
    before: z.string().nullable(),
    after: z.string(),
    kind: z.enum(['created', 'updated', 'rewound', 'deleted']),
    /** Oldest first. Gitea sends the newest five; all of them (up to 250) where its API was asked: see `enrichedAt`. */
    commits: z.array(commit),
    totalCommits: count,
    totalIsFloor: z.boolean(),
    /** Whether commits were taken off the branch; null where nobody knows. */
    forced: z.boolean().nullable(),
    /** When Gitea's API told more of it than the delivery; null: not (yet). */
    enrichedAt: timestamp.nullable(),
    compareUrl: z.string().nullable(),
    pusher: z.object({ login: z.string(), fullName: z.string() }).nullable(),
    ignored: z.string().nullable(),
    announcement,
    /** How recovery found it, where it did; `collapsed`: it stands for an unknown number of pushes. */
    recovered: z.object({ from: z.enum(['feed', 'comparison']), collapsed: z.boolean() }).nullable(),
    /** The recovered push that stood for this one before it arrived. */
    within: uuid.nullable(),
    /** Fields of the body that were missing or of another shape. */
    notes: z.array(z.string()),
    /** What was signed; null where recovery found the push and no webhook came. */
    body: z
      .object({
        /** SHA-256 in hex. */
        digest: z.string(),
        /** Bytes. */
        size: count,
        /** False where they were too large to keep: the digest alone remains. */
        stored: z.boolean(),
        contentType: z.enum(['json', 'form']),
        /** The name of the secret that verified it. */
        secret: z.string(),
      })
      .nullable(),
    /** Milliseconds of each step before the append. */
    timings: z.record(z.string(), z.number()).nullable(),
    /** The chain, by time; what was caused stands behind its cause. */
    calls: z.array(call),
    redeliveries: z.array(z.object({ deliveryId: uuid, receivedAt: timestamp })),
    notifications: z.array(pushNotification),
    /** Null where there is no dag_engine, or was none then, and for an ignored push. */
    dag: pushTrigger.nullable(),
  })
  .meta({ id: 'PushDetails' });

export type Commit = z.infer<typeof commit>;
export type PushNotification = z.infer<typeof pushNotification>;
export type PushTrigger = z.infer<typeof pushTrigger>;
export type PushDetails = z.infer<typeof pushDetails>;
