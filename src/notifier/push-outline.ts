import { commitLines, moreCommits } from './commit-lines.ts';
import { code, type Fragment, join, link, text } from './fragment.ts';
import { inRepository, sentence, shortSha } from './headline.ts';
import { bringsCommits, type KnownPush } from './known-push.ts';
import { linksOf } from './links.ts';
import { leaf, type Outline } from './outline.ts';

/** How much a message says. */
export interface Detail {
  /** So many commits of each push are listed at most. */
  readonly commits: number;
  /** Each push has one link, in place of one wherever something can be linked. */
  readonly lean: boolean;
  /** So many pushes are named at most, the others are counted. */
  readonly pushes: number;
}

/**
 * A push among others: what happened in one line, and its commits below it. One commit stands on that line itself.
 *
 * @param naming how its repository is named in front; null where a line above it names it
 */
export function pushOutline(push: KnownPush, detail: Detail, naming: 'short' | 'full' | null): Outline {
  if (detail.lean) return leaf(leanLine(push, naming));
  const line = lineOf(push, naming);
  const { lines, more } = commitLines(push, detail.commits);
  const [commit] = lines;
  if (commit === undefined) return leaf(withAddress(join(line, nowAt(push)), push));
  if (lines.length === 1 && more === 0) return leaf(join(line, text(': '), commit));
  const below = more > 0 ? [...lines, moreCommits(push, more)] : lines;
  return { line: withAddress(line, push), children: below.map(leaf) };
}

function lineOf(push: KnownPush, naming: 'short' | 'full' | null): Fragment {
  return naming === null ? sentence(push) : join(inRepository(push, naming), sentence(push));
}

function leanLine(push: KnownPush, naming: 'short' | 'full' | null): Fragment {
  const linkless = { ...push, repository: { ...push.repository, url: null }, compareUrl: null, head: null };
  return link(join(lineOf(linkless, naming), nowAt(linkless)), addressOf(push));
}

/** Tells pushes of the same words apart where their commits are not listed. */
function nowAt(push: KnownPush): Fragment {
  if (!bringsCommits(push)) return text('');
  return join(text(', now at '), link(code(text(shortSha(push.after))), linksOf(push).commit));
}

function withAddress(line: Fragment, push: KnownPush): Fragment {
  const { compare, commit, ref } = linksOf(push);
  const address = compare ?? commit ?? ref;
  return address === null ? line : { plain: `${line.plain} ${address}`, html: line.html };
}

/** The shortest that shows the push. */
function addressOf(push: KnownPush): string | null {
  const { compare, commit, ref, repository } = linksOf(push);
  return commit ?? ref ?? compare ?? repository;
}
