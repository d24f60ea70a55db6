/** A hook as it is in Gitea. */
export interface Hook {
  readonly id: number;
  readonly type: string;
  readonly active: boolean;
  readonly url: string;
  readonly contentType: string;
  readonly events: readonly string[];
  readonly branchFilter: string;
  /** A secret as well: sent back to Gitea when the hook is changed, never shown. */
  readonly authorizationHeader: string;
}

export interface WantedHook {
  readonly url: string;
  readonly events: readonly string[];
}

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
 * What to do so that the repository has the wanted hook: Gitea makes a second one of the same address when asked
 * twice. Where several call the address, the one that needs least change is taken; `others` are the rest.
 */
export function planHook(existing: readonly Hook[], wanted: WantedHook): HookPlan {
  const [best, ...rest] = existing
    .filter((hook) => speaksOurFormat(hook) && isSameUrl(hook.url, wanted.url))
    .map((hook) => ({ hook, differences: differencesOf(hook, wanted) }))
    .sort((a, b) => a.differences.length - b.differences.length || a.hook.id - b.hook.id);
  if (best === undefined) return { kind: 'create' };
  const { hook, differences } = best;
  const others = rest.map((each) => each.hook);
  return differences.length === 0
    ? { kind: 'keep', hook, others }
    : { kind: 'update', hook, differences, others };
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
  return differences;
}

function isSameUrl(a: string, b: string): boolean {
  return a === b || (URL.parse(a)?.href ?? a) === (URL.parse(b)?.href ?? b);
}
