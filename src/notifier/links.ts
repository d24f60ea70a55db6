import type { PushReceived } from '../events/push-received.ts';

/** Longer addresses are not made links: some clients cut them, and they would crowd out the commits. */
const maxUrlLength = 1_000;

/** The address in its normal form, or null where it is none that a message should lead to. */
export function safeUrl(text: string | null): URL | null {
  if (text === null || text.length > maxUrlLength || !URL.canParse(text)) return null;
  const url = new URL(text);
  // `https://known.example@evil.example` reads like the first and leads to the second.
  const plain = url.username === '' && url.password === '';
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  return plain && web && url.href.length <= maxUrlLength ? url : null;
}

export interface PushLinks {
  readonly repository: string | null;
  /** The branch or tag, where it still exists. */
  readonly ref: string | null;
  /** What the ref points to since the push. */
  readonly commit: string | null;
  readonly compare: string | null;
}

export function linksOf(push: PushReceived): PushLinks {
  const repository = safeUrl(push.repository.url)?.href.replace(/\/$/, '') ?? null;
  return { repository, ref: refUrl(push, repository), commit: commitUrl(push), compare: compareUrl(push) };
}

function refUrl(push: PushReceived, repository: string | null): string | null {
  const name = refName(push);
  if (repository === null || push.kind === 'deleted' || push.refKind === 'other') return null;
  const path = name.toWellFormed().split('/').map(encodeURIComponent).join('/');
  return safeUrl(`${repository}/src/${push.refKind}/${path}`)?.href ?? null;
}

/** An annotated tag points to a tag object, which has no page; the head is then the commit behind it. */
function commitUrl(push: PushReceived): string | null {
  return push.kind === 'deleted' || push.head === null ? null : (safeUrl(push.head.url)?.href ?? null);
}

// Gitea names this page for a new tag, though it has none.
const comparesWithNothing = /\/0{40}(0{24})?\.\.\./;

/** Null for the bare root of the server too, which stands in the first push to an empty repository. */
function compareUrl(push: PushReceived): string | null {
  const url = safeUrl(push.compareUrl);
  if (!url || push.kind === 'deleted' || url.pathname.length <= 1) return null;
  return comparesWithNothing.test(url.pathname) ? null : url.href;
}

/** The short name of a branch or tag; other refs have none and keep their own. */
export function refName(push: PushReceived): string {
  if (push.branch !== null) return push.branch;
  return push.refKind === 'tag' ? push.ref.replace(/^refs\/tags\//, '') : push.ref;
}
