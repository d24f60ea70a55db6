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
  hookId: z.number().int().describe("Gitea's id of the hook."),
  sequence: z.number().int().nonnegative().describe('From 0: the how many-th event of this hook it is.'),
  place,
  url: z.string().describe('Without user name, password and query.'),
});

/** A hook is in Gitea, as it is described here. */
export const hookInstalledSchema = hook.extend({
  change: z.enum(['created', 'changed', 'found']).describe('`found`: it was there already, just so.'),
  events: z.array(z.string()),
  branchFilter: z.string(),
  secret: z
    .string()
    .nullable()
    .describe('The name (never the value) of the secret that it signs with; null where that is not known.'),
  installedAt: timestamp,
});

export const hookRemovedSchema = hook.extend({
  change: z
    .enum(['removed', 'replaced', 'gone'])
    .describe('`replaced`: another one of the same place took over. `gone`: Gitea did not have it any more.'),
  removedAt: timestamp,
});

export type HookEventPlace = z.infer<typeof place>;
