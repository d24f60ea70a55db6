import type { Clock } from '../runtime/clock.ts';

/** So many answers are kept at most; which they are does not matter, as all are short-lived. */
const maxKept = 64;

/**
 * Answers that cost much, kept for a while by what was asked: many who look at the same page make one query, and nobody
 * can load the database by asking in a loop. A failure is not kept.
 */
export function createKept<T>(clock: Pick<Clock, 'now'>, keptMs: number) {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();
  return (key: string, ask: () => Promise<T>): Promise<T> => {
    const now = clock.now().getTime();
    const found = kept.get(key);
    if (found && now - found.at < keptMs) return found.answer;
    if (kept.size >= maxKept) kept.clear();
    const answer = ask();
    kept.set(key, { at: now, answer });
    answer.catch(() => kept.delete(key));
    return answer;
  };
}
