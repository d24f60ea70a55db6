import type { Commit } from '../events/push-received.ts';
import { code, type Fragment, join, link, text } from './fragment.ts';
import { shortSha } from './headline.ts';
import { bringsCommits, type KnownPush } from './known-push.ts';
import { linksOf, safeUrl } from './links.ts';
import { firstLine, outsideText } from './outside-text.ts';

const maxSubject = 200;
const maxAuthor = 100;

export interface CommitLines {
  readonly lines: readonly Fragment[];
  /** How many commits of the push are not among the lines. */
  readonly more: number;
}

/**
 * The commits of a push, newest first, as in Gitea: what "and 7 more" stands for is then older than all that is listed.
 *
 * @param max at most so many commits are listed
 */
export function commitLines(push: KnownPush, max: number): CommitLines {
  if (!bringsCommits(push)) return { lines: [], more: 0 };
  const shown = push.commits.slice(Math.max(push.commits.length - max, 0)).reverse();
  return {
    lines: shown.map(commitLine),
    more: Math.max(push.totalCommits, push.commits.length) - shown.length,
  };
}

export function moreCommits(push: KnownPush, more: number): Fragment {
  return link(text(`and ${push.totalIsFloor ? 'at least ' : ''}${more} more`), linksOf(push).compare);
}

function commitLine(commit: Commit): Fragment {
  const href = safeUrl(commit.url)?.href ?? null;
  const subject = firstLine(commit.message, maxSubject) ?? '(no message)';
  const author = outsideText(commit.author.name || commit.author.username, maxAuthor) || 'unknown author';
  const line = join(link(code(text(shortSha(commit.id))), href), text(` ${subject} — ${author}`));
  return { plain: href ? `${line.plain} ${href}` : line.plain, html: line.html };
}
