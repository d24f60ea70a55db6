import { CodedError, messageOf } from '../../runtime/errors.ts';
import { getRepositoryById } from '../api/repositories.ts';
import type { GiteaClient } from '../client.ts';
import type { FoundTargets } from './find-targets.ts';
import type { CallingRepository, KnownHook } from './known-hooks.ts';
import { failed, type HookOutcome } from './outcome.ts';
import type { HookTarget } from './target.ts';

/**
 * The places of the hooks that we installed, and of repositories that call us without one of ours. Repositories are
 * found by their ids, whatever they are called by now.
 */
export async function knownTargets(
  client: GiteaClient,
  hooks: readonly KnownHook[],
  calling: readonly CallingRepository[],
): Promise<FoundTargets> {
  const wide: HookTarget[] = [];
  const names = new Map<number, string>();
  for (const { scope, owner, name, repositoryId } of hooks) {
    if (repositoryId !== null) names.set(repositoryId, `${owner}/${name}`);
    else if (scope === 'system') wide.push({ kind: 'system' });
    else if (scope !== 'repository' && owner !== null) wide.push({ kind: scope, owner });
  }
  for (const { id, fullName } of calling) names.set(id, fullName);
  const others: HookOutcome[] = [];
  const repositories = await Promise.all(
    [...names].map(async ([id, name]): Promise<HookTarget[]> => {
      try {
        const repository = await getRepositoryById(client, id);
        if (repository) return [{ kind: 'repository', repository }];
        const detail = "it is gone, or the token's user may not see it";
        others.push({ target: name, result: 'skipped', hookId: null, detail });
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        others.push(failed(name, messageOf(error)));
      }
      return [];
    }),
  );
  return { targets: [...unique(wide), ...repositories.flat()], others };
}

function unique(targets: readonly HookTarget[]): HookTarget[] {
  return [...new Map(targets.map((target) => [JSON.stringify(target), target])).values()];
}
