import type { WebhookSecret } from '../../config/secret.ts';
import type { WantedHook } from '../api/hooks.ts';
import type { GiteaClient } from '../client.ts';
import { ensureHook } from './ensure-hook.ts';
import { shownUrl } from './hook-url.ts';
import { type EachOptions, forEachTarget, type HookOutcome } from './outcome.ts';
import { type HookLog, lastHookEvent, recordInstalled } from './record-hook.ts';
import { eventPlaceOf, type HookTarget, placeOf } from './target.ts';

/** What a command does its work with. */
export interface HookTools {
  readonly client: GiteaClient;
  readonly log: HookLog;
  /** Name of the Gitea server, for the events. */
  readonly instance: string;
}

/**
 * Gives every target the hook that is wanted, and records what changed. Doing it again changes nothing, also after it
 * was killed: a hook that was made and not recorded is found by its address, and recorded then.
 *
 * @throws the signal's reason
 */
export function installHooks(
  tools: HookTools,
  targets: readonly HookTarget[],
  wanted: WantedHook,
  secret: WebhookSecret,
  options: EachOptions & { readonly dryRun?: boolean } = {},
): Promise<HookOutcome[]> {
  const { dryRun = false } = options;
  return forEachTarget(targets, (target) => installOne(tools, target, wanted, secret, dryRun), options);
}

async function installOne(
  { client, log, instance }: HookTools,
  target: HookTarget,
  wanted: WantedHook,
  secret: WebhookSecret,
  dryRun: boolean,
): Promise<Omit<HookOutcome, 'target'>> {
  const place = placeOf(target);
  const ensured = await ensureHook(client, place, wanted, secret.secret, { dryRun });
  const { hook, done, differences, remaining, others } = ensured;
  const details = [...differences];
  if (hook && !dryRun) {
    const change = done === 'unchanged' ? ('found' as const) : done;
    await recordInstalled(log, {
      instance,
      hookId: hook.id,
      place: eventPlaceOf(target),
      url: shownUrl(hook.url),
      change,
      events: [...hook.events],
      branchFilter: hook.branchFilter,
      secret: done === 'created' ? secret.name : null,
    });
  }
  if (hook && done !== 'created') {
    const last = await lastHookEvent(log.store, hook.id);
    const known = last?.type === 'HookInstalled' ? last.data.secret : null;
    if (known === null) details.push('whether its secret is ours is not known: hooks verify tells');
    else if (known !== secret.name) details.push(`its secret is ${known}: hooks rotate-secret changes it`);
  }
  const twice = others.filter(({ active }) => active).map(({ id }) => id);
  if (twice.length > 0) details.push(`hook ${twice.join(', ')} calls the same address: remove it`);
  if (remaining.length > 0) {
    const detail = `Gitea did not take everything: ${remaining.join(', ')}`;
    return { result: 'failed', hookId: hook?.id ?? null, detail };
  }
  return { result: done, hookId: hook?.id ?? null, detail: details.join('; ') };
}
