/** Whose hook it is. */
export type HookScope =
  | { readonly kind: 'repository'; readonly repositoryId: number }
  | { readonly kind: 'organisation' | 'user'; readonly ownerId: number }
  | { readonly kind: 'system' }
  /** Copied to repositories that are made later. */
  | { readonly kind: 'default' };

/** A hook as Gitea keeps it; the secret is here for the test to look at, and in no answer. */
export interface StoredHook {
  readonly id: number;
  readonly scope: HookScope;
  type: string;
  active: boolean;
  config: Record<string, string>;
  secret: string;
  events: string[];
  branch_filter: string;
  authorization_header: string;
}

export const knownEvents = ['create', 'delete', 'push', 'release', 'issues', 'pull_request'];

/** Gitea keeps what it knows and drops the rest without a word. */
export function known(events: unknown): string[] {
  return Array.isArray(events) ? knownEvents.filter((event) => events.includes(event)) : [];
}

/** What an answer shows of a hook. */
export function shownHook({ secret: _secret, scope: _scope, ...hook }: StoredHook) {
  return hook;
}

/** Of the hook's form in `X-Gitea-Hook-Installation-Target-Type`. */
export function targetType({ kind }: HookScope): string {
  return kind === 'organisation' ? 'organization' : kind;
}

/** `*` and a list in braces, which is most of what branch filters hold. Empty: all. */
export function passesFilter(filter: string, branch: string | null): boolean {
  if (filter === '' || filter === '*' || branch === null) return true;
  const alternatives = /^\{(.*)\}$/.exec(filter)?.[1]?.split(',') ?? [filter];
  return alternatives.some((glob) => {
    const pattern = glob
      .split(/(\*\*?)/)
      .map((part) =>
        part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('');
    return new RegExp(`^${pattern}$`).test(branch);
  });
}
