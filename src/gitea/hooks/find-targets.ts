import { CodedError, messageOf } from '../../runtime/errors.ts';
import { getRepository, listRepositoriesOf, type Repository } from '../api/repositories.ts';
import { getTokenUser } from '../api/user.ts';
import { getVersion } from '../api/version.ts';
import type { GiteaClient } from '../client.ts';
import { failed, type HookOutcome } from './outcome.ts';
import type { HookTarget } from './target.ts';

/** What a caller names. */
export interface WantedTargets {
  /** `owner`, `owner/name`, or `owner/pattern` with `*` and `?`; for organisations their names. */
  readonly names: readonly string[];
  readonly level: 'repository' | 'organisation' | 'user' | 'system';
}

export interface FoundTargets {
  readonly targets: readonly HookTarget[];
  /** Names that came to nothing, and repositories that are left out, with the reason. */
  readonly others: readonly HookOutcome[];
}

/**
 * The places that are meant. An archived repository takes no push and is left out; so is a pattern that fits none.
 * What cannot be looked up is an outcome as well: the others go on.
 *
 * @throws CodedError USAGE for a name that cannot be one, or none where one is needed
 */
export async function findTargets(
  client: GiteaClient,
  { names, level }: WantedTargets,
): Promise<FoundTargets> {
  if (level === 'system' || level === 'user') {
    if (names.length > 0) throw new CodedError('USAGE', `--${level} takes no names: ${names.join(' ')}`);
    if (level === 'system') {
      await refuseOldVersion(client);
      return { targets: [{ kind: 'system' }], others: [] };
    }
    return { targets: [{ kind: 'user', owner: (await getTokenUser(client)).login }], others: [] };
  }
  if (names.length === 0)
    throw new CodedError(
      'USAGE',
      `name ${level === 'organisation' ? 'an organisation' : 'an owner, or owner/repository'}`,
    );
  if (level === 'organisation') {
    return {
      targets: names.map((owner) => ({ kind: 'organisation', owner: checkedName(owner, owner) })),
      others: [],
    };
  }
  const found = new Map<number, HookTarget>();
  const others: HookOutcome[] = [];
  for (const name of names) {
    const [owner = '', pattern, ...surplus] = name.split('/');
    checkedName(owner, name);
    if (surplus.length > 0) throw new CodedError('USAGE', `${JSON.stringify(name)} is not owner/repository`);
    try {
      for (const repository of await repositoriesOf(client, owner, pattern)) {
        if (repository.archived)
          others.push(skipped(repository.fullName, 'it is archived: nothing can be pushed to it'));
        else found.set(repository.id, { kind: 'repository', repository });
      }
    } catch (error) {
      if (!(error instanceof CodedError) || error.code === 'USAGE') throw error;
      others.push(failed(name, messageOf(error)));
    }
  }
  return { targets: [...found.values()], others };

  async function repositoriesOf(
    client: GiteaClient,
    owner: string,
    pattern: string | undefined,
  ): Promise<Repository[]> {
    if (pattern !== undefined && !/[*?]/.test(pattern)) {
      return [await getRepository(client, { owner, name: checkedName(pattern, `${owner}/${pattern}`) })];
    }
    const fits = pattern === undefined ? () => true : matcherOf(pattern);
    const repositories = (await listRepositoriesOf(client, owner)).filter(({ name }) => fits(name));
    if (repositories.length === 0) {
      const what = pattern === undefined ? 'no repository' : 'no repository of this pattern';
      others.push(
        skipped(
          pattern === undefined ? owner : `${owner}/${pattern}`,
          `${what} that the token's user may see`,
        ),
      );
    }
    return repositories;
  }
}

/** Before 1.24, Gitea's API made a hook that is only copied to new repositories, and said nothing. */
async function refuseOldVersion(client: GiteaClient): Promise<void> {
  const version = await getVersion(client);
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const isForgejo = version.includes('+gitea-');
  if (isForgejo || Number(major) > 1 || Number(minor) >= 24) return;
  throw new CodedError(
    'HOOKS_FAILED',
    `Gitea ${version} cannot make a hook for the whole instance by its API, only from 1.24 on: ` +
      'make it by hand (Site Administration, Integrations, System Webhooks), or install one for each organisation (--org)',
  );
}

/** `*` for any text and `?` for one character, without regard to case, as in Gitea's own names. */
export function matcherOf(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const regexp = new RegExp(`^${source}$`, 'is');
  return (name) => regexp.test(name);
}

function checkedName(name: string, given: string): string {
  if (/^[\w.-]+$/.test(name) && !/^\.{1,2}$/.test(name)) return name;
  throw new CodedError('USAGE', `${JSON.stringify(given)} holds a name that Gitea does not allow`);
}

function skipped(target: string, detail: string): HookOutcome {
  return { target, result: 'skipped', hookId: null, detail };
}
