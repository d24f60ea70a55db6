import type { Secret } from '../config/secret.ts';
import type { GiteaClient } from './client.ts';
import { type Hook, planHook, type WantedHook } from './plan-hook.ts';
import { createHook, listHooks, type Repository, updateHook } from './repository-hooks.ts';

export interface EnsuredHook {
  readonly done: 'created' | 'changed' | 'unchanged';
  readonly hook: Hook;
  /** What was wrong before, for `changed`. */
  readonly differences: readonly string[];
  /** What is still wrong, as Gitea itself answered: it ignores what it does not know without a word. */
  readonly remaining: readonly string[];
  /** Further hooks that call the same address. */
  readonly others: readonly Hook[];
}

/**
 * Gives the repository exactly the hook that is wanted, as often as it is called. The secret is only used when a hook
 * is created: Gitea neither shows nor changes that of an existing one.
 *
 * @throws GiteaError
 */
export async function ensureHook(
  client: GiteaClient,
  repository: Repository,
  wanted: WantedHook,
  secret: Secret,
): Promise<EnsuredHook> {
  const plan = planHook(await listHooks(client, repository), wanted);
  switch (plan.kind) {
    case 'keep':
      return { done: 'unchanged', hook: plan.hook, differences: [], remaining: [], others: plan.others };
    case 'update': {
      const hook = await updateHook(client, repository, plan.hook, wanted);
      const { differences, others } = plan;
      return { done: 'changed', hook, differences, remaining: remainingIn(hook, wanted), others };
    }
    case 'create': {
      const hook = await createHook(client, repository, wanted, secret);
      return { done: 'created', hook, differences: [], remaining: remainingIn(hook, wanted), others: [] };
    }
  }
}

function remainingIn(hook: Hook, wanted: WantedHook): readonly string[] {
  const plan = planHook([hook], wanted);
  if (plan.kind === 'create') return ['it has another type or address'];
  return plan.kind === 'update' ? plan.differences : [];
}
