import type { WebhookSecret } from '../../config/secret.ts';
import { createHook, type Hook, listHooks } from '../api/hooks.ts';
import { shownUrl } from './hook-url.ts';
import type { HookTools } from './install.ts';
import { type EachOptions, forEachTarget, type HookOutcome } from './outcome.ts';
import { hooksCalling } from './plan-hook.ts';
import { lastHookEvent, recordInstalled } from './record-hook.ts';
import { deleteAndRecord } from './remove.ts';
import { eventPlaceOf, type HookTarget, nameOf, placeOf } from './target.ts';

export interface RotateOptions extends EachOptions {
  /**
   * How long the old hook stays beside the new one, in milliseconds: Gitea forgets what it has not sent of a hook that
   * is deleted, and a push from just before the new hook waits only in the old one's queue.
   */
  readonly graceMs: number;
}

interface Renewed {
  readonly target: HookTarget;
  readonly old: readonly Hook[];
}

/**
 * Gives each target a hook with the next secret, in three passes: all new hooks are created, the grace goes by, all old
 * ones are deleted. Both are there meanwhile, and the same push by both is recognised as one, so that none is lost and
 * none counts twice. Killed anywhere and called again, it goes on: the log tells which hook has the next secret, and one
 * that was made and not recorded is replaced once more.
 *
 * The service must accept both secrets before.
 *
 * @throws the signal's reason
 */
export async function rotateSecret(
  tools: HookTools,
  targets: readonly HookTarget[],
  url: string,
  next: WebhookSecret,
  options: RotateOptions,
): Promise<HookOutcome[]> {
  const { client, log, instance } = tools;
  const { graceMs, signal } = options;
  const renewed = new Map<string, Renewed>();

  const created = await forEachTarget(
    targets,
    async (target) => {
      const hooks = hooksCalling(await listHooks(client, placeOf(target)), url);
      const active = hooks.filter((hook) => hook.active);
      const [model] = active;
      if (!model) {
        const detail = hooks.length === 0 ? 'no hook of this address' : 'its hook is not active';
        return { result: 'skipped', hookId: hooks[0]?.id ?? null, detail };
      }
      const current = await findCurrent(active);
      const old = hooks.filter(({ id }) => id !== current?.id);
      if (current && old.length === 0) {
        return { result: 'unchanged', hookId: current.id, detail: `it has the secret ${next.name}` };
      }
      const hook = current ?? (await create(target, model));
      renewed.set(nameOf(target), { target, old });
      return { result: 'rotated', hookId: hook.id, detail: '' };
    },
    options,
  );

  if (renewed.size > 0) await log.clock.sleep(graceMs, signal);
  const deleted = await forEachTarget(
    [...renewed.values()].map(({ target }) => target),
    async (target) => {
      const old = renewed.get(nameOf(target))?.old ?? [];
      const event = {
        instance,
        place: eventPlaceOf(target),
        url: shownUrl(url),
        change: 'replaced' as const,
      };
      for (const { id } of old) await deleteAndRecord(client, log, target, { ...event, hookId: id });
      return {
        result: 'rotated',
        hookId: null,
        detail: `instead of hook ${old.map(({ id }) => id).join(', ')}`,
      };
    },
    signal ? { signal } : {},
  );
  const outcomes = new Map(deleted.map((outcome) => [outcome.target, outcome]));
  return created.map((outcome) => {
    const after = outcomes.get(outcome.target);
    return after ? { ...after, hookId: outcome.hookId } : outcome;
  });

  async function findCurrent(hooks: readonly Hook[]): Promise<Hook | null> {
    for (const hook of hooks) {
      const last = await lastHookEvent(log.store, hook.id);
      if (last?.type === 'HookInstalled' && last.data.secret === next.name) return hook;
    }
    return null;
  }

  /** As the model is, whatever it sends. */
  async function create(target: HookTarget, model: Hook): Promise<Hook> {
    const wanted = {
      url: model.url,
      events: model.events,
      branchFilter: model.branchFilter,
      authorizationHeader: model.authorizationHeader,
    };
    const hook = await createHook(client, placeOf(target), wanted, next.secret);
    await recordInstalled(log, {
      instance,
      hookId: hook.id,
      place: eventPlaceOf(target),
      url: shownUrl(hook.url),
      change: 'created',
      events: [...hook.events],
      branchFilter: hook.branchFilter,
      secret: next.name,
    });
    return hook;
  }
}
