import type { WebhookSecret } from '../../config/secret.ts';
import type { Position } from '../../events/ids.ts';
import { type Hook, listHooks, testHook } from '../api/hooks.ts';
import type { Repository } from '../api/repositories.ts';
import { awaitTestDeliveries } from './await-tests.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { shownUrl } from './hook-url.ts';
import type { HookTools } from './install.ts';
import type { KnownHook } from './known-hooks.ts';
import { forEachTarget, type HookOutcome } from './outcome.ts';
import { hooksCalling } from './plan-hook.ts';
import { probeReceiver } from './probe-receiver.ts';
import { type RefusedCount, readRefusedCount } from './read-counts.ts';
import type { HookTarget } from './target.ts';

export interface VerifyOptions {
  readonly url: string;
  readonly secret: WebhookSecret;
  /** Hooks further up that the log knows. */
  readonly known: readonly KnownHook[];
  /** How long a test delivery has, in milliseconds; Gitea itself gives up after 5 s. */
  readonly patienceMs: number;
  /** Where the service's `/metrics` may be. */
  readonly metricsOrigins: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

export type Verified = { readonly target: string; readonly hookId: number | null } & (
  | Diagnosis
  | { readonly state: 'failed'; readonly reason: 'gitea'; readonly text: string }
);

interface Found {
  readonly repository: Repository;
  readonly hooks: readonly Hook[];
  readonly failure: HookOutcome | null;
}

/** So many are tested one by one, where it is not clear whose signature was refused. */
const mostApart = 20;

/**
 * Has Gitea send a test delivery of each repository's hook, waits until it is in our log, and says of each that is not
 * why. Gitea's API tells neither whether it sent one nor what was answered, so the rest is concluded.
 *
 * @throws CodedError STORE_UNAVAILABLE; or the signal's reason
 */
export async function verifyHooks(
  tools: HookTools,
  repositories: readonly Repository[],
  options: VerifyOptions,
): Promise<Verified[]> {
  const { client, log } = tools;
  const { url, patienceMs, signal } = options;
  const probe = await probeReceiver(url, options.secret.secret);
  const refusedBefore = await readRefusedCount(options.metricsOrigins);
  const after = await log.store.head();
  const found = await findAndTest();
  const tested = found.filter(isTestable);
  const arrived = await awaitArrival(after, tested, async () => false);
  const missing = tested.filter(({ repository }) => !arrived.has(repository.id) && !repository.empty);
  const refused = await attribute(missing);

  return found.map(({ repository, hooks, failure }): Verified => {
    const base = { target: repository.fullName, hookId: hooks[0]?.id ?? null };
    if (failure) return { ...base, state: 'failed', reason: 'gitea', text: failure.detail };
    const diagnosis = diagnose({
      repository,
      hooks,
      wider: widerOf(repository),
      arrived: arrived.has(repository.id),
      probe,
      refused: refused.get(repository.id) ?? 'none',
      url: shownUrl(url),
      page: `${client.baseUrl}/${repository.fullName}/settings/hooks/${hooks[0]?.id ?? ''}`,
    });
    return { ...base, ...diagnosis };
  });

  async function findAndTest(): Promise<Found[]> {
    const byName = new Map<string, readonly Hook[]>();
    const targets = repositories.map((repository): HookTarget => ({ kind: 'repository', repository }));
    const outcomes = await forEachTarget(
      targets,
      async (target) => {
        if (target.kind !== 'repository') throw new TypeError('only the hook of a repository can be tested');
        const { repository } = target;
        const place = { kind: 'repository', owner: repository.owner, name: repository.name } as const;
        const hooks = hooksCalling(await listHooks(client, place), url);
        byName.set(repository.fullName, hooks);
        for (const hook of hooks) {
          if (hook.active) await testHook(client, repository, hook.id, repository.defaultBranch);
        }
        return { result: 'tested', hookId: hooks[0]?.id ?? null, detail: '' };
      },
      { signal, ...(options.onProgress && { onDone: options.onProgress }) },
    );
    return repositories.map((repository, index) => {
      const outcome = outcomes[index];
      const hooks = byName.get(repository.fullName) ?? [];
      return { repository, hooks, failure: outcome?.result === 'failed' ? outcome : null };
    });
  }

  function awaitArrival(from: Position, of: readonly Found[], isOver: () => Promise<boolean>) {
    const repositoryIds = of
      .filter(({ repository }) => !repository.empty)
      .map(({ repository }) => repository.id);
    return awaitTestDeliveries(log, { after: from, repositoryIds, patienceMs, signal, isOver });
  }

  /** Whose signature was refused: all that are missing, none, or, where it is only some, by asking for each again. */
  async function attribute(missing: readonly Found[]) {
    const whose = new Map<number, 'wrong' | 'missing' | 'none' | 'unknown'>();
    if (missing.length === 0) return whose;
    const now = await readRefusedCount(options.metricsOrigins);
    const all = (kind: 'wrong' | 'missing' | 'none' | 'unknown') => {
      for (const { repository } of missing) whose.set(repository.id, kind);
      return whose;
    };
    if (!refusedBefore || !now) return all('unknown');
    const kind = kindOf(refusedBefore, now);
    if (kind === null) return all('none');
    if (missing.length === 1) return all(kind);
    for (const each of missing.slice(0, mostApart)) whose.set(each.repository.id, await testApart(each));
    for (const each of missing.slice(mostApart)) whose.set(each.repository.id, 'unknown');
    return whose;
  }

  async function testApart(each: Found): Promise<'wrong' | 'missing' | 'none' | 'unknown'> {
    const before = await readRefusedCount(options.metricsOrigins);
    if (!before) return 'unknown';
    const head = await log.store.head();
    let kind: 'wrong' | 'missing' | null = null;
    const { repository, hooks } = each;
    for (const hook of hooks.filter(({ active }) => active)) {
      await testHook(client, repository, hook.id, repository.defaultBranch);
    }
    await awaitArrival(head, [each], async () => {
      const now = await readRefusedCount(options.metricsOrigins);
      kind = now && kindOf(before, now);
      return kind !== null;
    });
    return kind ?? 'none';
  }

  function widerOf({ owner }: Repository): string[] {
    return options.known
      .filter(
        (hook) =>
          hook.url === shownUrl(url) &&
          (hook.scope === 'system' ||
            (hook.scope !== 'repository' && hook.owner?.toLowerCase() === owner.toLowerCase())),
      )
      .map(
        ({ hookId, scope, owner: of }) =>
          `hook ${hookId} of ${scope === 'system' ? 'the instance' : `${scope} ${of}`}`,
      );
  }
}

function isTestable({ hooks, failure }: Found): boolean {
  return failure === null && hooks.some(({ active, events }) => active && events.includes('push'));
}

function kindOf(before: RefusedCount, now: RefusedCount): 'wrong' | 'missing' | null {
  if (now.wrong > before.wrong) return 'wrong';
  return now.missing > before.missing ? 'missing' : null;
}
