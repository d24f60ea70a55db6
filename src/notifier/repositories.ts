import { repositoryName } from './headline.ts';
import type { KnownPush } from './known-push.ts';
import { repositoryKey } from './repository-key.ts';

/** The pushes of a message that went to one repository. */
export interface RepositoryPushes {
  readonly first: KnownPush;
  readonly pushes: readonly KnownPush[];
  /** `full` where another repository of the message has the same name under another owner. */
  readonly naming: 'short' | 'full';
}

/** In the order of their first pushes; the pushes of each stay in order. */
export function inRepositories(pushes: readonly KnownPush[]): RepositoryPushes[] {
  const groups = Map.groupBy(pushes, keyOf);
  const firsts = [...groups.values()].flatMap(([first]) => (first ? [{ first }] : []));
  const names = Map.groupBy(firsts, ({ first }) => repositoryName(first));
  return firsts.map(({ first }) => ({
    first,
    pushes: groups.get(keyOf(first)) ?? [first],
    naming: (names.get(repositoryName(first))?.length ?? 0) > 1 ? 'full' : 'short',
  }));
}

function keyOf({ instance, repository }: KnownPush): string {
  return repositoryKey({ instance, id: repository.id });
}
