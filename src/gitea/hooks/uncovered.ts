import type { CallingRepository, KnownHook } from './known-hooks.ts';
import type { HookTarget } from './target.ts';

/**
 * Who may still sign with the old secret: hooks that we know, and repositories that call us, without any of the
 * targets that have the new one covering them.
 *
 * @param done targets whose only hook has the new secret
 * @returns their names
 */
export function uncovered(
  done: readonly HookTarget[],
  known: readonly KnownHook[],
  calling: readonly CallingRepository[],
): string[] {
  const everywhere = done.some(({ kind }) => kind === 'system');
  const owners = new Set<string>();
  const ids = new Set<number>();
  for (const target of done) {
    if (target.kind === 'repository') ids.add(target.repository.id);
    else if (target.kind !== 'system') owners.add(target.owner.toLowerCase());
  }
  // A hook of its own keeps its own secret, whatever the one further up has.
  const hooks = known.filter((hook) => {
    if (hook.scope === 'system') return !everywhere;
    if (hook.repositoryId !== null) return !ids.has(hook.repositoryId);
    return !owners.has((hook.owner ?? '').toLowerCase());
  });
  const repositories = calling.filter(({ id, fullName }) => {
    const [owner = ''] = fullName.split('/', 1);
    return !everywhere && !ids.has(id) && !owners.has(owner.toLowerCase());
  });
  const names = [
    ...hooks.map(({ scope, owner, name }) =>
      scope === 'repository' ? `${owner}/${name}` : `${scope} ${owner ?? ''}`.trim(),
    ),
    ...repositories.map(({ fullName }) => fullName),
  ];
  return [...new Set(names)].sort();
}
