import { type Fragment, join, strong, text } from './fragment.ts';
import { countedCommits, pusherName, refLink } from './headline.ts';
import { bringsCommits, type KnownPush } from './known-push.ts';

const maxNames = 3;

/**
 * Several pushes to one repository in one sentence: `Ada L pushed 7 commits to main in 3 pushes`, or, where that would
 * not be all that happened, `3 pushes: Ada L and Bob on main and v1.0.0`.
 */
export function summary(pushes: readonly KnownPush[]): Fragment {
  const [first] = pushes;
  const uniform = first !== undefined && pushes.every((push) => isMoreOfTheSame(push, first));
  return join(uniform ? summed(first, pushes) : listed(pushes), text(remarks(pushes)));
}

function isMoreOfTheSame(push: KnownPush, first: KnownPush): boolean {
  return bringsCommits(push) && push.ref === first.ref && pusherName(push) === pusherName(first);
}

function summed(first: KnownPush, pushes: readonly KnownPush[]): Fragment {
  const count = pushes.reduce((sum, push) => sum + push.totalCommits, 0);
  const commits = countedCommits(
    count,
    pushes.some((push) => push.totalIsFloor),
  );
  return join(
    strong(text(pusherName(first))),
    text(` pushed ${commits} to `),
    refLink(first),
    text(` in ${pushes.length} pushes`),
  );
}

function listed(pushes: readonly KnownPush[]): Fragment {
  const names = new Map(pushes.map((push) => [pusherName(push), strong(text(pusherName(push)))]));
  // A ref that was deleted in the end has no page any more, so its last push decides.
  const refs = new Map(pushes.map((push) => [push.ref, refLink(push)]));
  return join(
    text(`${pushes.length} pushes: `),
    enumeration([...names.values()]),
    text(' on '),
    enumeration([...refs.values()]),
  );
}

function remarks(pushes: readonly KnownPush[]): string {
  const forced = pushes.filter((push) => push.forced === true).length;
  const recovered = pushes.filter((push) => push.source === 'recovery').length;
  return [
    ...(forced > 0 ? [`, ${forced} of them forced`] : []),
    ...(recovered > 0 ? [`, ${recovered} of them recovered`] : []),
  ].join('');
}

/** `a`, `a and b`, `a, b and c`, `a, b and 4 others` */
function enumeration(items: readonly Fragment[]): Fragment {
  const others = items.length > maxNames ? items.length - maxNames + 1 : 0;
  const shown = others > 0 ? [...items.slice(0, maxNames - 1), text(`${others} others`)] : items;
  return join(
    ...shown.flatMap((item, index) => {
      if (index === 0) return [item];
      return [text(index === shown.length - 1 ? ' and ' : ', '), item];
    }),
  );
}
