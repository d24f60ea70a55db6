import type { PushReceived } from '../events/push-received.ts';
import { code, type Fragment, join, link, strong, text } from './fragment.ts';
import { linksOf, refName } from './links.ts';
import { outsideText } from './outside-text.ts';

const maxName = 100;

/** `[widgets] Ada L pushed 3 commits to main`, or what else happened to the ref. */
export function headline(push: PushReceived): Fragment {
  const repository = link(text(repositoryName(push)), linksOf(push).repository);
  return join(text('['), repository, text('] '), strong(text(author(push))), text(' '), whatHappened(push));
}

export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}

function whatHappened(push: PushReceived): Fragment {
  const ref = namedRef(push);
  switch (push.kind) {
    case 'created': {
      const created = join(text('created '), ref);
      return push.refKind !== 'tag' && push.totalCommits > 0
        ? join(created, text(' with '), commitCount(push))
        : created;
    }
    case 'deleted':
      return join(text('deleted '), ref);
    case 'rewound':
      return join(text('rewound '), ref, text(' to '), code(text(shortSha(push.after))));
    case 'updated':
      return updated(push, ref);
  }
}

function updated(push: PushReceived, ref: Fragment): Fragment {
  if (push.refKind === 'branch' && push.totalCommits > 0) {
    return join(text('pushed '), commitCount(push), text(' to '), ref);
  }
  return join(text('moved '), ref, text(' to '), code(text(shortSha(push.after))));
}

/** "main" where the sentence says that it is a branch, else with its kind: "branch topic", "tag v1.0.0". */
function namedRef(push: PushReceived): Fragment {
  const name = link(text(outsideText(refName(push), maxName) || '?'), linksOf(push).ref);
  const known = push.kind === 'updated' || push.kind === 'rewound';
  if (push.refKind === 'other' || (push.refKind === 'branch' && known)) return name;
  return join(text(`${push.refKind} `), name);
}

function commitCount(push: PushReceived): Fragment {
  const noun = push.totalCommits === 1 ? 'commit' : 'commits';
  const words = `${push.totalIsFloor ? 'at least ' : ''}${push.totalCommits} ${noun}`;
  return link(text(words), linksOf(push).compare);
}

function repositoryName(push: PushReceived): string {
  const name = push.repository.fullName.split('/').at(-1) ?? '';
  return outsideText(name, maxName) || outsideText(push.repository.fullName, maxName) || '?';
}

function author(push: PushReceived): string {
  const { pusher } = push;
  return (
    outsideText(pusher?.fullName ?? '', maxName) || outsideText(pusher?.login ?? '', maxName) || 'someone'
  );
}
