/**
 * `GET /api/hooks` — repositories with how their hook stands, the last push, and what recovery found missing.
 */
import { z } from 'zod';
import { count, cursorParameter, limitParameter, nextCursor, timestamp } from './common.ts';

export const hookQuery = z.object({ limit: limitParameter(100, 500), cursor: cursorParameter.optional() });

export const hookedRepository = z
  .object({
    /** owner/name */
    repository: z.string(),
    url: z.string().nullable(),
    /**
     * `installed`: a hook of ours covers it. `removed`: we took its own away. `seen`: its webhook calls us, but we did not
     * install it. `unknown`: known from Gitea's API alone.
     */
    hook: z.enum(['installed', 'seen', 'removed', 'unknown']),
    lastPushAt: timestamp.nullable(),
    pushes: count,
    /** How recovery goes, which finds what no webhook brought; null where it never looked. */
    recovery: z
      .object({
        checkedAt: timestamp.nullable(),
        /** Pushes that it found, and how many of them stand for several. */
        found: count,
        collapsed: count,
        foundAt: timestamp.nullable(),
        /** What was wrong with the last try. */
        error: z.string().nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'HookedRepository' });

export const hookList = z
  .object({ repositories: z.array(hookedRepository), nextCursor })
  .meta({ id: 'HookList' });

export type HookedRepository = z.infer<typeof hookedRepository>;
export type HookList = z.infer<typeof hookList>;
