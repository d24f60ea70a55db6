import { code, type Fragment, join, link, strong, text } from './fragment.ts';
import { bringsCommits, type KnownPush } from './known-push.ts';
import { linksOf, refName } from './links.ts';
import { outsideText } from './outside-text.ts';

const maxName = 100;

/** `[widgets] Ada L pushed 3 commits to main`, or what else happened to the ref. */
export function headline(push: KnownPush): Fragment {
  return join(inRepository(push), sentence(push));
}

/** `[widgets] `, or `[acme/widgets] ` where the name alone would not tell which. */
export function inRepository(push: KnownPush, naming: 'short' | 'full' = 'short'): Fragment {
  const name = naming === 'full' ? fullName(push) : repositoryName(push);
  return join(text('['), link(text(name), linksOf(push).repository), text('] '));
}

/** `Ada L pushed 3 commits to main` */
export function sentence(push: KnownPush): Fragment {
  return join(strong(text(pusherName(push))), text(' '), whatHappened(push), text(howFound(push)));
}

export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}

export function repositoryName(push: KnownPush): string {
  const name = push.repository.fullName.split('/').at(-1) ?? '';
  return outsideText(name, maxName) || fullName(push);
}

export function pusherName({ pusher }: KnownPush): string {
  return (
    outsideText(pusher?.fullName ?? '', maxName) || outsideText(pusher?.login ?? '', maxName) || 'someone'
  );
}

/** The short name of the ref as a link to it. */
export function refLink(push: KnownPush): Fragment {
  return link(text(outsideText(refName(push), maxName) || '?'), linksOf(push).ref);
}

/** `3 commits`, `at least 10 commits` */
export function countedCommits(count: number, isFloor: boolean): string {
  return `${isFloor ? 'at least ' : ''}${count} ${count === 1 ? 'commit' : 'commits'}`;
}

function whatHappened(push: KnownPush): Fragment {
  const ref = namedRef(push);
  switch (push.kind) {
    case 'created':
      return bringsCommits(push)
        ? join(text('created '), ref, text(' with '), commitCount(push))
        : join(text('created '), ref);
    case 'deleted':
      return join(text('deleted '), ref);
    case 'rewound':
      return join(text(push.forced === false ? 'moved ' : 'rewound '), ref, text(' to '), newCommit(push));
    case 'updated':
      return updated(push, ref);
  }
}

function updated(push: KnownPush, ref: Fragment): Fragment {
  const force = push.forced === true ? 'force-' : '';
  if (bringsCommits(push)) return join(text(`${force}pushed `), commitCount(push), text(' to '), ref);
  return join(text(force ? 'force-pushed ' : 'moved '), ref, text(' to '), newCommit(push));
}

/** "main" where the sentence says that it is a branch, else with its kind: "branch topic", "tag v1.0.0". */
function namedRef(push: KnownPush): Fragment {
  const known = push.kind === 'updated' || push.kind === 'rewound';
  if (push.refKind === 'other' || (push.refKind === 'branch' && known)) return refLink(push);
  return join(text(`${push.refKind} `), refLink(push));
}

function commitCount(push: KnownPush): Fragment {
  return link(text(countedCommits(push.totalCommits, push.totalIsFloor)), linksOf(push).compare);
}

function newCommit(push: KnownPush): Fragment {
  return link(code(text(shortSha(push.after))), linksOf(push).commit);
}

/** `recovered` is missing from what an earlier version wrote. */
function howFound({ source, recovered, pushedAt }: KnownPush): string {
  if (source !== 'recovery') return '';
  const known = [
    'recovered',
    ...(pushedAt === null ? [] : [`pushed ${minuteOf(pushedAt)}`]),
    ...(recovered?.collapsed ? ['perhaps several pushes'] : []),
  ];
  return ` (${known.join(', ')})`;
}

function minuteOf(timestamp: string): string {
  return `${new Date(timestamp).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function fullName(push: KnownPush): string {
  return outsideText(push.repository.fullName, 2 * maxName) || '?';
}
