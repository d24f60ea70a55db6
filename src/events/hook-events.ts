import { z } from 'zod';

const timestamp = z.iso.datetime({ offset: true });

/** Whose pushes the hook sends. */
const place = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('repository'),
    repositoryId: z.number().int(),
    owner: z.string(),
    name: z.string(),
  }),
  z.object({ kind: z.literal('organisation'), owner: z.string() }),
  /** Of the user whose token it was. */
  z.object({ kind: z.literal('user'), owner: z.string() }),
  z.object({ kind: z.literal('system') }),
]);

const hook = z.object({
  instance: z.string(),
  /** Gitea's id of the hook. */
  hookId: z.number().int(),
  /** From 0: the how many-th event of this hook it is. */
  sequence: z.number().int().nonnegative(),
  place,
  /** Without user name, password and query. */
  url: z.string(),
});

/** A hook is in Gitea, as it is described here. */
export const hookInstalledSchema = hook.extend({
  /** `found`: it was there already, just so. */
  change: z.enum(['created', 'changed', 'found']),
  events: z.array(z.string()),
  branchFilter: z.string(),
  /** The name (never the value) of the secret that it signs with; null where that is not known. */
  secret: z.string().nullable(),
  installedAt: timestamp,
});

export const hookRemovedSchema = hook.extend({
  /** `replaced`: another one of the same place took over. `gone`: Gitea did not have it any more. */
  change: z.enum(['removed', 'replaced', 'gone']),
  removedAt: timestamp,
});

export type HookEventPlace = z.infer<typeof place>;
