import { z } from 'zod';
import { pushIdSchema } from './ids.ts';

const timestamp = z.iso.datetime({ offset: true });
const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

export const repositoryBaselinedSchema = z.object({
  instance: z.string(),
  repository: z.object({ id: z.number().int(), fullName: z.string() }),
  part: z
    .number()
    .int()
    .nonnegative()
    .describe(
      'A repository with many refs takes several events, of which the one with part 0 is written last.',
    ),
  parts: z.number().int().positive(),
  heads: z.record(z.string(), sha).describe('Commit ids (of annotated tags: ids of the tag) by full ref.'),
  feedId: z
    .number()
    .int()
    .nullable()
    .describe("Gitea's id of the newest entry of the activity feed; null where that was empty."),
  baselinedAt: timestamp,
});

export const pushesCollapsedSchema = z.object({
  instance: z.string(),
  repositoryId: z.number().int(),
  sequence: z.number().int().nonnegative(),
  spans: z
    .array(
      z.object({
        pushId: pushIdSchema.describe('The push that stands for those of the span.'),
        ref: z.string(),
        after: sha,
        from: timestamp.describe('Pushes after this time.'),
        until: timestamp,
      }),
    )
    .min(1),
  collapsedAt: timestamp,
});

export type RepositoryBaselined = z.infer<typeof repositoryBaselinedSchema>;
export type PushesCollapsed = z.infer<typeof pushesCollapsedSchema>;
export type CollapsedSpan = PushesCollapsed['spans'][number];
