/** What makes a push this push and no other, and who pushed it. */
export interface Essentials {
  readonly ref: string;
  /** Null where the delivery does not tell: a deleted branch. */
  readonly before: string | null;
  readonly after: string;
  readonly repositoryId: number;
  readonly repository: string;
  readonly pusher: string | null;
}

/**
 * Derives the essentials of a push from its signed bytes again, by the rules that the receiver has. Null when the
 * bytes are no such push.
 *
 * @param isBranchDelete Gitea tells of a deleted branch by another kind of event
 */
export type DeriveEssentials = (signed: Buffer, isBranchDelete: boolean) => Essentials | null;

/** What the fact has otherwise than the signed bytes, in words; null when they agree. */
export function contradictionOf(fact: Essentials, derived: Essentials | null): string | null {
  if (!derived) return 'the signed bytes tell of no push';
  for (const key of Object.keys(fact) as (keyof Essentials)[]) {
    if (fact[key] !== derived[key]) {
      return `the fact has ${key} ${JSON.stringify(fact[key])}, the signed bytes ${JSON.stringify(derived[key])}`;
    }
  }
  return null;
}
