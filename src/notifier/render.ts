import type { PushId } from '../events/ids.ts';
import { commitLines, moreCommits } from './commit-lines.ts';
import { type Fragment, join, text } from './fragment.ts';
import { headline, inRepository } from './headline.ts';
import type { KnownPush } from './known-push.ts';
import { linksOf } from './links.ts';
import { htmlList, leaf, nested, type Outline } from './outline.ts';
import { type Detail, pushOutline } from './push-outline.ts';
import { inRepositories, type RepositoryPushes } from './repositories.ts';
import { summary } from './summary.ts';

/** Pushes as people read them, in the order in which they are given. */
export function render(pushes: readonly KnownPush[], detail: Detail): Fragment {
  const [only] = pushes;
  if (only !== undefined && pushes.length === 1) return onePush(only, detail.commits);
  return nested(outlineOf(pushes, detail));
}

/** The first line over all pushes, and below it those alone that are not among `named`; as plain text. */
export function renderNews(pushes: readonly KnownPush[], detail: Detail, named: ReadonlySet<PushId>): string {
  if (pushes.length === 1) return render(pushes, detail).plain;
  return nested(outlineOf(pushes, detail, named)).plain;
}

function onePush(push: KnownPush, commitsShown: number): Fragment {
  const top = headline(push);
  const { lines, more } = commitLines(push, commitsShown);
  const [line] = lines;
  if (line !== undefined && lines.length === 1 && more === 0) {
    return { plain: `${top.plain}\n${line.plain}`, html: `${top.html}<br>${line.html}` };
  }
  const all = more > 0 ? [...lines, moreCommits(push, more)] : lines;
  const { compare } = linksOf(push);
  return {
    plain: [top.plain, ...all.map(({ plain }) => plain), ...(compare === null ? [] : [compare])].join('\n'),
    html: top.html + htmlList(all.map(leaf)),
  };
}

function outlineOf(
  pushes: readonly KnownPush[],
  detail: Detail,
  named: ReadonlySet<PushId> = new Set(),
): Outline {
  const repositories = inRepositories(pushes);
  const shown = new Set(repositories.flatMap((each) => each.pushes).slice(0, detail.pushes));
  const isNew = (push: KnownPush) => shown.has(push) && !named.has(push.pushId);
  const more = pushes.length - shown.size;
  const rest = more > 0 ? [leaf(text(`and ${more} more ${more === 1 ? 'push' : 'pushes'}`))] : [];
  const [only] = repositories;
  if (only !== undefined && repositories.length === 1) {
    const { line, children } = severalPushes(only, detail, isNew);
    return { line, children: [...children, ...rest] };
  }
  const sections = repositories
    .filter((each) => each.pushes.some(isNew))
    .map((each) => section(each, detail, isNew));
  return {
    line: text(`${pushes.length} pushes to ${repositories.length} repositories`),
    children: [...sections, ...rest],
  };
}

type Filter = (push: KnownPush) => boolean;

function section(repository: RepositoryPushes, detail: Detail, isNew: Filter): Outline {
  const { first, pushes, naming } = repository;
  return pushes.length === 1 ? pushOutline(first, detail, naming) : severalPushes(repository, detail, isNew);
}

function severalPushes({ first, pushes, naming }: RepositoryPushes, detail: Detail, isNew: Filter): Outline {
  return {
    line: join(inRepository(first, naming), summary(pushes)),
    children: pushes.filter(isNew).map((push) => pushOutline(push, detail, null)),
  };
}
