import { createHash } from 'node:crypto';
import type { Account } from './accounts.ts';

export interface StoredCommit {
  readonly id: string;
  readonly parents: readonly string[];
  /** Ends in a newline. */
  readonly message: string;
  readonly author: Account;
  readonly at: Date;
  readonly file: string;
}

export const zeros = '0'.repeat(40);

/** A commit whose id follows from what it is and on what it stands, as in git. */
export function commitOn(
  parent: string | null,
  details: { message: string; author: Account; at: Date; salt: number },
): StoredCommit {
  const { message, author, at, salt } = details;
  const id = createHash('sha1')
    .update(JSON.stringify([parent, message, author.login, at.toISOString(), salt]))
    .digest('hex');
  return {
    id,
    parents: parent === null ? [] : [parent],
    message: message.endsWith('\n') ? message : `${message}\n`,
    author,
    at,
    file: `f${salt}.txt`,
  };
}

/** The commits of a repository, by id; those that no ref reaches are there until they are collected. */
export class CommitGraph {
  readonly #commits = new Map<string, StoredCommit>();

  add(commit: StoredCommit): void {
    this.#commits.set(commit.id, commit);
  }

  get(id: string): StoredCommit | undefined {
    return this.#commits.get(id);
  }

  /** From `id` back to the first one, newest first. */
  history(id: string): StoredCommit[] {
    const found: StoredCommit[] = [];
    const seen = new Set<string>();
    const waiting = [id];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const commit = this.#commits.get(next);
      if (!commit || seen.has(next)) continue;
      seen.add(next);
      found.push(commit);
      waiting.push(...commit.parents);
    }
    return found;
  }

  /** In `id` and not in any of `others`, newest first: `git log id ^others`. */
  between(id: string, others: readonly string[]): StoredCommit[] {
    const known = new Set(others.flatMap((other) => this.history(other).map((commit) => commit.id)));
    return this.history(id).filter((commit) => !known.has(commit.id));
  }

  /** `git gc` with no grace: forgets what none of these reaches. */
  collect(reachableFrom: readonly string[]): void {
    const kept = new Set(reachableFrom.flatMap((id) => this.history(id).map((commit) => commit.id)));
    for (const id of this.#commits.keys()) if (!kept.has(id)) this.#commits.delete(id);
  }
}
