import { isZeros } from '../../src/events/ref.ts';
import type { LoggedRefs } from './log-fold.ts';

/** A branch or a tag as Gitea has it. */
export interface RefHead {
  readonly repositoryId: number;
  /** The full ref. */
  readonly ref: string;
  /** The commit, or the object of an annotated tag. */
  readonly head: string;
}

/**
 * What is wrong once recovery has looked at everything: a ref that stands where no push of the log led, or is gone while
 * the log holds no push that took it away. Of repositories that recovery knows, which are those that something came from.
 * Pure.
 */
export function leftBehind(log: ReadonlyMap<number, LoggedRefs>, heads: readonly RefHead[]): string[] {
  const found: string[] = [];
  const there = new Set<string>();
  for (const { repositoryId, ref, head } of heads) {
    there.add(`${repositoryId} ${ref}`);
    const refs = log.get(repositoryId);
    if (refs?.isBaselined && !refs.ends.get(ref)?.has(head)) {
      found.push(`${ref} of repository ${repositoryId} is at ${head}, where no push of the log led`);
    }
  }
  for (const [repositoryId, refs] of log) {
    for (const [ref, ends] of refs.ends) {
      if (!refs.isBaselined || there.has(`${repositoryId} ${ref}`) || [...ends].some(isZeros)) continue;
      found.push(`${ref} of repository ${repositoryId} is gone, and no push of the log took it away`);
    }
  }
  return found;
}
