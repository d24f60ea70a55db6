import { listHooks, testHook } from '../api/hooks.ts';
import type { GiteaClient } from '../client.ts';
import { type EachOptions, forEachTarget, type HookOutcome } from './outcome.ts';
import { hooksCalling } from './plan-hook.ts';
import { type HookTarget, placeOf } from './target.ts';

/** Has Gitea send a test delivery by each target's hook of the address. Whether it arrives is not waited for. */
export function sendTests(
  client: GiteaClient,
  targets: readonly HookTarget[],
  url: string,
  options: EachOptions = {},
): Promise<HookOutcome[]> {
  return forEachTarget(
    targets,
    async (target) => {
      if (target.kind !== 'repository') {
        return { result: 'skipped', hookId: null, detail: 'Gitea tests hooks of repositories only' };
      }
      const { repository } = target;
      const [hook, ...others] = hooksCalling(await listHooks(client, placeOf(target)), url);
      if (!hook) return { result: 'failed', hookId: null, detail: 'no hook calls this address' };
      if (repository.empty) {
        return { result: 'skipped', hookId: hook.id, detail: 'Gitea sends no test of an empty repository' };
      }
      for (const { id } of [hook, ...others])
        await testHook(client, repository, id, repository.defaultBranch);
      return { result: 'tested', hookId: hook.id, detail: `of the head of ${repository.defaultBranch}` };
    },
    options,
  );
}
