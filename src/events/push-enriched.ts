import { z } from 'zod';
import { pushIdSchema } from './ids.ts';
import { commitSchema } from './push-received.ts';

/** An event lists so many commits at most; the newest, where there are more. */
export const maxEnrichedCommits = 250;

/** What Gitea's API told of a push, after it had been received. */
export const pushEnrichedSchema = z.object({
  pushId: pushIdSchema,
  enrichedAt: z.iso.datetime({ offset: true }),
  commits: z
    .array(commitSchema)
    .max(maxEnrichedCommits)
    .describe(
      'Oldest first, in place of those of the push. Empty where they were not asked for, as the push had them all, and where Gitea does not have them any more: what the push says then stands.',
    ),
  totalCommits: z
    .number()
    .int()
    .nonnegative()
    .nullable()
    .describe('Exact; null where it could not be told: what the push says then stands.'),
  truncated: z.boolean().describe('True where there are older commits than those that are listed.'),
  forced: z
    .boolean()
    .nullable()
    .describe(
      'Whether commits were taken off the branch; null where that could not be told, or does not apply (a new branch).',
    ),
  notes: z.array(z.string()).describe('What could not be told, and why.'),
});

export type PushEnriched = z.infer<typeof pushEnrichedSchema>;
