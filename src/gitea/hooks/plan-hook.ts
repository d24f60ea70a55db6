import type { Hook, WantedHook } from '../api/hooks.ts';

export type HookPlan =
  | { readonly kind: 'create' }
  | { readonly kind: 'keep'; readonly hook: Hook; readonly others: readonly Hook[] }
  | {
      readonly kind: 'update';
      readonly hook: Hook;
      readonly differences: readonly string[];
      readonly others: readonly Hook[];
    };

/**
 * What to do so that a place has the wanted hook: Gitea makes a second one of the same address when asked twice. Where
 * several call the address, the one that needs least change is taken; `others` are the rest.
 */
export function planHook(existing: readonly Hook[], wanted: WantedHook): HookPlan {
  const [best, ...rest] = hooksCalling(existing, wanted.url)
    .map((hook) => ({ hook, differences: differencesOf(hook, wanted) }))
    .sort((a, b) => a.differences.length - b.differences.length || a.hook.id - b.hook.id);
  if (best === undefined) return { kind: 'create' };
  const { hook, differences } = best;
  const others = rest.map((each) => each.hook);
  return differences.length === 0
    ? { kind: 'keep', hook, others }
    : { kind: 'update', hook, differences, others };
}

/** Those that send our format to the address, in whatever state they are. */
export function hooksCalling(existing: readonly Hook[], url: string): Hook[] {
  return existing.filter((hook) => speaksOurFormat(hook) && isSameUrl(hook.url, url));
}

/** Slack, Discord and the like send other bodies to the same address, and the type of a hook cannot be changed. */
function speaksOurFormat({ type }: Hook): boolean {
  return type === 'gitea' || type === 'forgejo';
}

function differencesOf(hook: Hook, wanted: WantedHook): string[] {
  const differences: string[] = [];
  if (!hook.active) differences.push('it is not active');
  if (hook.contentType !== 'json') differences.push(`its content type is ${hook.contentType || 'not set'}`);
  const missing = wanted.events.filter((event) => !hook.events.includes(event));
  if (missing.length > 0) differences.push(`it does not send ${missing.join(' and ')}`);
  if (
    wanted.branchFilter !== undefined &&
    normalFilter(wanted.branchFilter) !== normalFilter(hook.branchFilter)
  ) {
    differences.push(`its branch filter is ${JSON.stringify(hook.branchFilter)}`);
  }
  return differences;
}

/** Gitea's form has `*` where its API has nothing. */
function normalFilter(filter: string): string {
  return filter === '*' ? '' : filter;
}

function isSameUrl(a: string, b: string): boolean {
  return a === b || (URL.parse(a)?.href ?? a) === (URL.parse(b)?.href ?? b);
}
