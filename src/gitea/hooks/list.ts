import { type Hook, listHooks } from '../api/hooks.ts';
import type { GiteaClient } from '../client.ts';
import { shownUrl } from './hook-url.ts';
import type { CallingRepository, KnownHook } from './known-hooks.ts';
import { forEachTarget, type HookOutcome } from './outcome.ts';
import { hooksCalling } from './plan-hook.ts';
import { type HookTarget, nameOf, placeOf } from './target.ts';

/** A hook of ours in Gitea, or a place that should have one. */
export interface ListedHook {
  readonly target: string;
  readonly hookId: number | null;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly branchFilter: string;
  /** The name of its secret, null where that is not known. */
  readonly secret: string | null;
  readonly url: string;
  /** Of the repository, as far as we have seen; ISO 8601. Null for a hook of more than one. */
  readonly lastPushAt: string | null;
  /** What is wrong with it, or with what it sent last; null for nothing. */
  readonly problem: string | null;
}

/** How the hooks of these places are in Gitea now, beside what the log knows of them. */
export async function listOurHooks(
  client: GiteaClient,
  targets: readonly HookTarget[],
  url: string,
  {
    known,
    calling,
    refused,
  }: {
    readonly known: readonly KnownHook[];
    readonly calling: readonly CallingRepository[];
    /** Why the last delivery was refused, by the repository's id. */
    readonly refused: ReadonlyMap<number, string>;
  },
  options: { readonly signal: AbortSignal; readonly onDone?: (done: number) => void },
): Promise<ListedHook[]> {
  const hooks = new Map<string, readonly Hook[]>();
  const outcomes = await forEachTarget(
    targets,
    async (target) => {
      hooks.set(nameOf(target), hooksCalling(await listHooks(client, placeOf(target)), url));
      return { result: 'unchanged', hookId: null, detail: '' };
    },
    options,
  );
  const secrets = new Map(known.map(({ hookId, secret }) => [hookId, secret]));
  const lastPushes = new Map(calling.map(({ id, lastPushAt }) => [id, lastPushAt.toISOString()]));
  return targets.flatMap((target, index) => {
    const name = nameOf(target);
    const lastPushAt = target.kind === 'repository' ? (lastPushes.get(target.repository.id) ?? null) : null;
    const outcome = outcomes[index];
    if (outcome?.result === 'failed') return [without(name, url, lastPushAt, outcome.detail)];
    const found = hooks.get(name) ?? [];
    if (found.length === 0) return [without(name, url, lastPushAt, 'no hook calls this address')];
    return found.map((hook) => ({
      target: name,
      hookId: hook.id,
      active: hook.active,
      events: hook.events,
      branchFilter: hook.branchFilter,
      secret: secrets.get(hook.id) ?? null,
      url: shownUrl(hook.url),
      lastPushAt,
      problem: problemOf(
        hook,
        found,
        target.kind === 'repository' ? refused.get(target.repository.id) : undefined,
      ),
    }));
  });
}

/** A name that could not be looked up, as a row of the list. */
export function listedFailure({ target, detail }: HookOutcome, url: string): ListedHook {
  return without(target, url, null, detail);
}

function without(target: string, url: string, lastPushAt: string | null, problem: string): ListedHook {
  const absent = { hookId: null, active: false, events: [], branchFilter: '', secret: null };
  return { target, ...absent, url: shownUrl(url), lastPushAt, problem };
}

function problemOf(hook: Hook, all: readonly Hook[], refused: string | undefined): string | null {
  const problems: string[] = [];
  if (!hook.active) problems.push('not active');
  const missing = ['push', 'delete'].filter((event) => !hook.events.includes(event));
  if (missing.length > 0) problems.push(`does not send ${missing.join(' and ')}`);
  const others = all.filter(({ id, active }) => id !== hook.id && active && hook.active).map(({ id }) => id);
  if (others.length > 0) problems.push(`hook ${others.join(', ')} calls the same address`);
  if (refused !== undefined) problems.push(`its last delivery was refused (${refused})`);
  return problems.length > 0 ? problems.join('; ') : null;
}
