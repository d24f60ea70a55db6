import { matchesGlobs } from '../runtime/glob.ts';

/** Which DAG the pushes of some repositories start; null: none. */
export interface DagRule {
  /** A pattern of full names, as `acme/*`. In any case, as Gitea's names are. */
  readonly repository: string;
  readonly dag: string | null;
}

/** The name of the DAG that a push to a repository starts, by its full name; null for none. */
export type ChooseDag = (repository: string) => string | null;

/** @param otherwise where no rule matches; of several the first one counts */
export function dagChooser(rules: readonly DagRule[], otherwise: string): ChooseDag {
  const choices = rules.map(({ repository, dag }) => ({
    matches: matchesGlobs([repository], { ignoreCase: true }),
    dag,
  }));
  return (repository) => {
    const choice = choices.find(({ matches }) => matches(repository));
    return choice ? choice.dag : otherwise;
  };
}
