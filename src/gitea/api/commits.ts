import { z } from 'zod';
import type { Commit } from '../../events/push-received.ts';
import { cleanText, cutText } from '../../events/text.ts';
import { apiPath, type GiteaClient, type GiteaRequest } from '../client.ts';
import { pagesOf } from '../list-all.ts';
import type { RepositoryName } from './repositories.ts';

const maxMessageBytes = 8 * 1_024;
const maxNameBytes = 256;
const maxUrlBytes = 2_048;

export const shaSchema = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/i)
  .transform((sha) => sha.toLowerCase());

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

const person = z.object({ name: optionalText, email: optionalText, date: optionalText }).nullish();
const user = z.object({ login: optionalText }).nullish();

/** A commit of the REST API (`Commit` in Gitea's `modules/structs`) in the terms of our events. */
export const commitSchema = z
  .object({
    sha: shaSchema,
    html_url: optionalText,
    commit: z.object({ message: optionalText, author: person, committer: person }).nullish(),
    author: user,
    committer: user,
  })
  .transform((answer): Commit => {
    const { author, committer, message } = answer.commit ?? {};
    return {
      id: answer.sha,
      ...messageOf(message ?? ''),
      url: webAddressOf(answer.html_url),
      author: identityOf(author, answer.author?.login),
      committer: identityOf(committer, answer.committer?.login),
      authoredAt: timestampOf(author?.date ?? ''),
      // The API counts files only where it is asked for the whole diff of each commit.
      files: { added: 0, removed: 0, modified: 0 },
    };
  });

export interface ListedCommits {
  /** Newest first. */
  readonly commits: readonly Commit[];
  /** How many there are, where Gitea says so. */
  readonly totalCount: number | null;
}

/**
 * The newest commits that `sha` has and `not` has not, at most so many. Gitea before 1.20 ignores `not`, and answers
 * with the whole history.
 *
 * @throws GiteaError; with the reason `not-found` where one of them was collected as garbage
 */
export async function listCommits(
  client: GiteaClient,
  { owner, name }: RepositoryName,
  { sha, not, atMost }: { readonly sha: string; readonly not?: string; readonly atMost: number },
  request: Pick<GiteaRequest, 'signal'> = {},
): Promise<ListedCommits> {
  const query = {
    sha,
    ...(not !== undefined && { not }),
    stat: 'false',
    verification: 'false',
    files: 'false',
  };
  const commits: Commit[] = [];
  let total: number | null = null;
  const path = apiPath('repos', owner, name, 'commits');
  for await (const { items, totalCount } of pagesOf(client, path, commitSchema, { ...request, query })) {
    commits.push(...items);
    total = totalCount;
    if (commits.length >= atMost) break;
  }
  return { commits: commits.slice(0, atMost), totalCount: total };
}

/** A commit message as events keep it. */
export function messageOf(message: string): Pick<Commit, 'message' | 'messageCut'> {
  const { text, cut } = cutText(cleanText(message), maxMessageBytes);
  return { message: text, messageCut: cut };
}

export function identityOf(
  person: { readonly name: string; readonly email: string } | null | undefined,
  login: string | undefined,
): Commit['author'] {
  return {
    name: shortText(person?.name ?? ''),
    email: shortText(person?.email ?? ''),
    username: shortText(login ?? ''),
  };
}

export function shortText(text: string): string {
  return cutText(cleanText(text), maxNameBytes).text;
}

const timestamp = z.iso.datetime({ offset: true });

/** Null for what is no time; the author of a commit may write anything there. */
export function timestampOf(text: string): string | null {
  return timestamp.safeParse(text).success ? text : null;
}

const webAddress = z.url({ protocol: /^https?$/ }).max(maxUrlBytes);

export function webAddressOf(text: string): string | null {
  return webAddress.safeParse(text).success ? cleanText(text) : null;
}
