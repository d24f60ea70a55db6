import type { Commit, PushReceived } from '../events/push-received.ts';
import { code, type Fragment, join, link, text } from './fragment.ts';
import { headline, shortSha } from './headline.ts';
import { linksOf, safeUrl } from './links.ts';
import { firstLine, outsideText } from './outside-text.ts';

export const maxCommitsShown = 5;
const maxSubject = 200;
const maxAuthor = 100;

/**
 * A push as people read it. The newest commits come first, as in Gitea: what "and 7 more" stands for is then older
 * than all that is listed.
 *
 * @param commitsShown at most so many commits are listed
 */
export function render(push: PushReceived, commitsShown = maxCommitsShown): Fragment {
  const top = headline(push);
  const lines = commitLines(push, commitsShown);
  const { compare } = linksOf(push);
  return {
    plain: [top.plain, ...lines.map((line) => line.plain), ...(compare ? [compare] : [])].join('\n'),
    html: top.html + list(lines),
  };
}

/** A tag points at commits that some branch brought, and what was deleted brings none. */
function commitLines(push: PushReceived, commitsShown: number): Fragment[] {
  if (push.refKind === 'tag' || push.kind === 'deleted') return [];
  const shown = push.commits.toReversed().slice(0, commitsShown);
  const more = Math.max(push.totalCommits, push.commits.length) - shown.length;
  return [...shown.map(commitLine), ...(more > 0 ? [moreLine(push, more)] : [])];
}

function commitLine(commit: Commit): Fragment {
  const href = safeUrl(commit.url)?.href ?? null;
  const subject = firstLine(commit.message, maxSubject) ?? '(no message)';
  const author = outsideText(commit.author.name || commit.author.username, maxAuthor) || 'unknown author';
  const line = join(link(code(text(shortSha(commit.id))), href), text(` ${subject} — ${author}`));
  return { plain: href ? `${line.plain} ${href}` : line.plain, html: line.html };
}

function moreLine(push: PushReceived, more: number): Fragment {
  return link(text(`and ${push.totalIsFloor ? 'at least ' : ''}${more} more`), linksOf(push).compare);
}

function list(lines: readonly Fragment[]): string {
  if (lines.length === 0) return '';
  return `<ul>${lines.map((line) => `<li>${line.html}</li>`).join('')}</ul>`;
}
