import type { PushReceived } from './push-received.ts';

const branches = 'refs/heads/';
const tags = 'refs/tags/';

/** Git's way to say that there is no commit. */
export function isZeros(sha: string): boolean {
  return /^0+$/.test(sha);
}

export function refKindOf(ref: string): PushReceived['refKind'] {
  if (ref.startsWith(branches)) return 'branch';
  return ref.startsWith(tags) ? 'tag' : 'other';
}

/** The short name of a branch; null for any other ref. */
export function branchOf(ref: string): string | null {
  return ref.startsWith(branches) ? ref.slice(branches.length) : null;
}

export function branchRef(name: string): string {
  return branches + name;
}

export function tagRef(name: string): string {
  return tags + name;
}
