import type { Commit } from '../../events/push-received.ts';

/** So many hex digits of a commit id are indexed; a search needs at least as many. */
export const commitPrefixLength = 7;

/** The names and e-mail addresses of those who wrote commits, in lower case, so that a search needs no other index. */
export function authorsOf(commits: readonly Commit[]): string[] {
  const names = commits.flatMap(({ author }) => [author.name, author.email, author.username]);
  return unique(names.map((name) => name.toLowerCase()).filter((name) => name !== ''));
}

export function prefixesOf(ids: readonly string[]): string[] {
  return unique(ids.map((id) => id.slice(0, commitPrefixLength)));
}

/** Text of commit messages, without what their ends hold. */
export function messagesOf(commits: readonly Commit[]): string[] {
  return commits.map(({ message }) => message.trimEnd());
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
