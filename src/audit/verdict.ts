/**
 * What can be said of a push.
 * - `proven`: Gitea's signature verifies the stored bytes, and the fact says what they say;
 * - `reconstructed`: recovery found it, and no signature ever existed;
 * - `unprovable`: nothing contradicts it, but something is not there that would prove it;
 * - `broken`: something contradicts it.
 */
export type Verdict = 'proven' | 'reconstructed' | 'unprovable' | 'broken';

export type Judgement =
  | { readonly verdict: 'proven' | 'reconstructed' }
  | { readonly verdict: 'unprovable' | 'broken'; readonly reason: string }
  /**
   * The bytes have their digest but not their signature: they were changed together with the digest, or the secret of
   * that name was. The seal tells which: under an intact one nothing was changed.
   */
  | { readonly verdict: 'undecided'; readonly secret: string };

export function broken(reason: string): Judgement {
  return { verdict: 'broken', reason };
}
