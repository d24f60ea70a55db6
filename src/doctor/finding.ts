/** What was looked at, in the order that it is shown in. */
export const groups = [
  'configuration',
  'data directory',
  'database',
  'event store',
  'Gitea',
  'Matrix',
  'dag_engine',
  'clocks',
  'spool',
  'work',
] as const;
export type Group = (typeof groups)[number];

/**
 * - `ok`: as it should be.
 * - `warning`: it works, but not as it probably should.
 * - `wrong`: something does not work.
 * - `skipped`: not looked at, as something else is missing, or not configured.
 */
export type Verdict = 'ok' | 'warning' | 'wrong' | 'skipped';

/** One line of the doctor's report. */
export interface Finding {
  readonly group: Group;
  readonly check: string;
  readonly verdict: Verdict;
  readonly text: string;
  /** What to do; null where there is nothing. */
  readonly advice: string | null;
}

/** A finding before it is known what it belongs to. */
export type Judgement = Omit<Finding, 'group' | 'check'> & {
  /** Which of several: a room, a repository, a server. */
  readonly about?: string;
};

export const ok = (text: string): Judgement => ({ verdict: 'ok', text, advice: null });
export const skipped = (text: string): Judgement => ({ verdict: 'skipped', text, advice: null });
export const warning = (text: string, advice: string): Judgement => ({ verdict: 'warning', text, advice });
export const wrong = (text: string, advice: string): Judgement => ({ verdict: 'wrong', text, advice });

/** Names which of several the judgements are about. */
export function about(what: string, judgements: readonly Judgement[]): Judgement[] {
  return judgements.map((judgement) => ({ ...judgement, about: what }));
}
