import { deleteHook, listHooks } from '../api/hooks.ts';
import type { GiteaClient } from '../client.ts';
import { GiteaError } from '../errors.ts';
import { shownUrl } from './hook-url.ts';
import type { HookTools } from './install.ts';
import type { KnownHook } from './known-hooks.ts';
import { type EachOptions, forEachTarget, type HookOutcome } from './outcome.ts';
import { hooksCalling } from './plan-hook.ts';
import { type HookLog, recordRemoved } from './record-hook.ts';
import { eventPlaceOf, type HookTarget, placeOf } from './target.ts';

/**
 * Takes every hook of the address away from the targets, and records it. One that the log knows and Gitea has no more
 * is recorded as gone.
 *
 * @param known hooks that are installed by the log
 * @throws the signal's reason
 */
export function removeHooks(
  { client, log, instance }: HookTools,
  targets: readonly HookTarget[],
  url: string,
  known: readonly KnownHook[],
  options: EachOptions & { readonly dryRun?: boolean } = {},
): Promise<HookOutcome[]> {
  return forEachTarget(
    targets,
    async (target) => {
      const place = placeOf(target);
      const all = await listHooks(client, place);
      const calling = hooksCalling(all, url);
      const lost = known.filter((hook) => isOf(hook, target) && !all.some(({ id }) => id === hook.hookId));
      const event = { instance, place: eventPlaceOf(target), url: shownUrl(url) };
      if (!options.dryRun) {
        for (const { id } of calling) {
          await deleteAndRecord(client, log, target, { ...event, hookId: id, change: 'removed' });
        }
        for (const { hookId } of lost) await recordRemoved(log, { ...event, hookId, change: 'gone' });
      }
      const [first] = calling;
      if (first) {
        const ids = calling.map(({ id }) => id).join(', ');
        return { result: 'removed', hookId: first.id, detail: calling.length > 1 ? `hooks ${ids}` : '' };
      }
      const detail = lost.length > 0 ? 'it was gone already' : 'no hook of this address';
      return { result: 'unchanged', hookId: null, detail };
    },
    options,
  );
}

/** Deletes a hook and records why. One that somebody else deleted meanwhile is as good. */
export async function deleteAndRecord(
  client: GiteaClient,
  log: HookLog,
  target: HookTarget,
  removed: Parameters<typeof recordRemoved>[1],
): Promise<void> {
  await deleteIfThere(client, target, removed.hookId);
  await recordRemoved(log, removed);
}

async function deleteIfThere(client: GiteaClient, target: HookTarget, id: number): Promise<void> {
  try {
    await deleteHook(client, placeOf(target), id);
  } catch (error) {
    if (!(error instanceof GiteaError && error.reason === 'not-found')) throw error;
  }
}

function isOf(hook: KnownHook, target: HookTarget): boolean {
  if (hook.scope !== target.kind) return false;
  if (target.kind === 'repository') return hook.repositoryId === target.repository.id;
  return target.kind === 'system' || hook.owner?.toLowerCase() === target.owner.toLowerCase();
}
