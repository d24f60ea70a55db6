import { z } from 'zod';
import { apiPath, type GiteaClient, type GiteaRequest } from '../client.ts';
import { pagesOf } from '../list-all.ts';
import type { RepositoryName } from './repositories.ts';

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

/** An entry of a repository's activity feed. What it says is read by `recovery/read-entry.ts`. */
export interface FeedEntry {
  readonly id: number;
  /** `commit_repo`, `push_tag`, `delete_branch` and many that are no pushes. */
  readonly operation: string;
  readonly actor: { readonly id: number | null; readonly login: string; readonly fullName: string } | null;
  /** Of the repository; null where the server does not say. */
  readonly repositoryId: number | null;
  readonly refName: string;
  /** JSON text, `{}` where that was too long to be kept, or empty. */
  readonly content: string;
  readonly created: Date;
}

const entrySchema = z
  .object({
    id: z.number().int(),
    op_type: z.string(),
    act_user: z
      .object({ id: z.number().int().nullish(), login: optionalText, full_name: optionalText })
      .nullish(),
    repo_id: z.number().int().nullish(),
    ref_name: optionalText,
    content: optionalText,
    created: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  })
  .transform(
    (entry): FeedEntry => ({
      id: entry.id,
      operation: entry.op_type,
      actor: entry.act_user
        ? { id: entry.act_user.id ?? null, login: entry.act_user.login, fullName: entry.act_user.full_name }
        : null,
      repositoryId: entry.repo_id ?? null,
      refName: entry.ref_name,
      content: entry.content,
      created: entry.created,
    }),
  );

/** The pages of the activity feed, newest first. To be left when enough was seen: it may go back years. @throws GiteaError */
export async function* feedPages(
  client: GiteaClient,
  { owner, name }: RepositoryName,
  request: Pick<GiteaRequest, 'signal'> = {},
): AsyncGenerator<readonly FeedEntry[]> {
  const advice = { forbidden: 'The token needs the scope read:repository' };
  const path = apiPath('repos', owner, name, 'activities', 'feeds');
  for await (const { items } of pagesOf(client, path, entrySchema, { ...request, advice })) yield items;
}
