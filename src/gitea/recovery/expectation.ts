import { branchOf, isZeros } from '../../events/ref.ts';
import { matchesGlob } from './glob.ts';

/** A hook that sends the pushes of a repository to us. */
export interface KnownHook {
  readonly events: readonly string[];
  readonly branchFilter: string;
  readonly removedAt: Date | null;
}

/** A hook that was removed may still send what waited in Gitea's queue, in milliseconds. */
const lingeringMs = 60_000;

/** Says of a push whether Gitea should have sent it. */
export type Expectation = (push: { readonly ref: string; readonly after: string }) => boolean;

/**
 * What arrives from a repository, as far as its hooks are known. Where none is, it was made by hand, and everything is
 * expected; so too where something arrived that the known hooks cannot have sent.
 *
 * @param seenAt when something last arrived from the repository
 * @returns null when nothing is expected any more
 */
export function expectationOf(hooks: readonly KnownHook[], seenAt: Date | null): Expectation | null {
  const present = hooks.filter(({ removedAt }) => removedAt === null);
  if (present.length > 0) return (push) => present.some((hook) => sends(hook, push));
  const removedAt = Math.max(...hooks.map((hook) => hook.removedAt?.getTime() ?? 0));
  const isUnknown = hooks.length === 0 || (seenAt !== null && seenAt.getTime() > removedAt + lingeringMs);
  return isUnknown ? () => true : null;
}

/**
 * By the rules of `PrepareWebhook` in Gitea's services/webhook. Its filter takes a branch by its short name, and since
 * 1.24 any ref by its full one; before that it left tags alone. Tags are taken to be filtered: what is missed of them
 * then is less than what would be announced again and again.
 */
function sends(hook: KnownHook, { ref, after }: { readonly ref: string; readonly after: string }): boolean {
  const branch = branchOf(ref);
  // Of a deleted branch Gitea tells by `delete` alone.
  if (!hook.events.includes(branch !== null && isZeros(after) ? 'delete' : 'push')) return false;
  const { branchFilter } = hook;
  if (branchFilter === '' || branchFilter === '*' || branchFilter === '**') return true;
  return (branch !== null && matchesGlob(branchFilter, branch)) || matchesGlob(branchFilter, ref) === true;
}
