import type { Secret } from '../../config/secret.ts';
import {
  createHook,
  type Hook,
  type HookPlace,
  listHooks,
  updateHook,
  type WantedHook,
} from '../api/hooks.ts';
import type { GiteaClient } from '../client.ts';
import { planHook } from './plan-hook.ts';

export interface EnsuredHook {
  readonly done: 'created' | 'changed' | 'unchanged';
  /** As it is now; with `dryRun`, as it is before the change, and null where it would be created. */
  readonly hook: Hook | null;
  /** What was wrong before, for `changed`. */
  readonly differences: readonly string[];
  /** What is still wrong, as Gitea itself answered: it ignores what it does not know without a word. */
  readonly remaining: readonly string[];
  /** Further hooks that call the same address. */
  readonly others: readonly Hook[];
}

/**
 * Gives a place exactly the hook that is wanted, as often as it is called. The secret is only used when a hook is
 * created: Gitea neither shows nor changes that of an existing one.
 *
 * @param dryRun changes nothing and says what would be done
 * @throws GiteaError
 */
export async function ensureHook(
  client: GiteaClient,
  place: HookPlace,
  wanted: WantedHook,
  secret: Secret,
  { dryRun = false } = {},
): Promise<EnsuredHook> {
  const plan = planHook(await listHooks(client, place), wanted);
  switch (plan.kind) {
    case 'keep':
      return { done: 'unchanged', hook: plan.hook, differences: [], remaining: [], others: plan.others };
    case 'update': {
      const hook = dryRun ? plan.hook : await updateHook(client, place, plan.hook, wanted);
      const { differences, others } = plan;
      return {
        done: 'changed',
        hook,
        differences,
        remaining: dryRun ? [] : remainingIn(hook, wanted),
        others,
      };
    }
    case 'create': {
      const hook = dryRun ? null : await createHook(client, place, wanted, secret);
      const remaining = hook === null ? [] : remainingIn(hook, wanted);
      return { done: 'created', hook, differences: [], remaining, others: [] };
    }
  }
}

export function remainingIn(hook: Hook, wanted: WantedHook): readonly string[] {
  const plan = planHook([hook], wanted);
  if (plan.kind === 'create') return ['it has another type or address'];
  return plan.kind === 'update' ? plan.differences : [];
}
