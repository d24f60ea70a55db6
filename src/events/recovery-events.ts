import { z } from 'zod';
import { pushIdSchema } from './ids.ts';

const timestamp = z.iso.datetime({ offset: true });
const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

export const repositoryBaselinedSchema = z.object({
  instance: z.string(),
  repository: z.object({ id: z.number().int(), fullName: z.string() }),
  /** A repository with many refs takes several events, of which the one with part 0 is written last. */
  part: z.number().int().nonnegative(),
  parts: z.number().int().positive(),
  /** Commit ids (of annotated tags: ids of the tag) by full ref. */
  heads: z.record(z.string(), sha),
  /** Gitea's id of the newest entry of the activity feed; null where that was empty. */
  feedId: z.number().int().nullable(),
  baselinedAt: timestamp,
});

export const pushesCollapsedSchema = z.object({
  instance: z.string(),
  repositoryId: z.number().int(),
  sequence: z.number().int().nonnegative(),
  spans: z
    .array(
      z.object({
        /** The push that stands for those of the span. */
        pushId: pushIdSchema,
        ref: z.string(),
        after: sha,
        /** Pushes after this time. */
        from: timestamp,
        until: timestamp,
      }),
    )
    .min(1),
  collapsedAt: timestamp,
});

export type RepositoryBaselined = z.infer<typeof repositoryBaselinedSchema>;
export type PushesCollapsed = z.infer<typeof pushesCollapsedSchema>;
export type CollapsedSpan = PushesCollapsed['spans'][number];
