import { type Hook, listHooks } from '../../gitea/api/hooks.ts';
import { getRepositoryById } from '../../gitea/api/repositories.ts';
import { messageOf } from '../../runtime/errors.ts';
import { checkOf, NotNow } from '../check.ts';
import { about, type Judgement, ok, warning, wrong } from '../finding.ts';
import type { World } from '../world.ts';

export interface HookFacts {
  readonly url: string;
  readonly repositories: readonly RepositoryHooks[];
  /** Known repositories beyond those that were asked about. */
  readonly notAsked: number;
}

export interface RepositoryHooks {
  readonly fullName: string;
  /** Its own hooks with our address; or why they cannot be told; null where the repository is gone. */
  readonly hooks: readonly Pick<Hook, 'id' | 'active' | 'events'>[] | { readonly error: string } | null;
  /** Whether a hook of its organisation or of the instance, of ours, covers it. */
  readonly covered: boolean;
}

export function judgeHooks({ url, repositories, notAsked }: HookFacts): Judgement[] {
  const findings = repositories.flatMap((one) => about(one.fullName, judgeRepository(one)));
  const bad = findings.filter(({ verdict }) => verdict !== 'ok');
  const good = repositories.length - new Set(bad.map((finding) => finding.about)).size;
  const more = notAsked > 0 ? `; ${notAsked} more were not asked about (pushledger hooks list)` : '';
  return [...bad, ...(good > 0 || bad.length === 0 ? [ok(`${good} repositories call ${url}${more}`)] : [])];
}

function judgeRepository({ fullName, hooks, covered }: RepositoryHooks): Judgement[] {
  if (hooks === null)
    return [warning('it is gone, or the token may not see it', 'nothing, where it was removed')];
  if ('error' in hooks) return [warning(hooks.error, 'give the token the right to read its hooks')];
  const active = hooks.filter((hook) => hook.active);
  const install = `pushledger hooks install ${fullName}`;
  if (active.length + (covered ? 1 : 0) > 1) {
    return [
      warning(
        'several hooks call our address, so that each push comes more than once',
        'remove all but one in Gitea',
      ),
    ];
  }
  if (covered) return [ok('by a hook further up')];
  if (active.length === 0) {
    return hooks.length > 0
      ? [wrong('its hook is not active', install)]
      : [warning('it has no hook that calls us', `${install}, where its pushes are to be recorded`)];
  }
  if (!active[0]?.events.includes('push')) return [wrong('its hook does not send pushes', install)];
  return [ok('its hook is active')];
}

/** Those that pushed last; a request each. */
const mostAsked = 15;

export const giteaHooks = checkOf(
  'Gitea',
  'hooks',
  async (world): Promise<HookFacts> => {
    const { config, signal } = world;
    const client = world.gitea();
    if (config.publicUrl === null) throw new NotNow('PUBLIC_URL is not set');
    const url = `${config.publicUrl}/webhook/gitea`;
    const known = await knownRepositories(world);
    const asked = known.slice(0, mostAsked);
    const repositories = await Promise.all(
      asked.map(async ({ id, fullName, covered }): Promise<RepositoryHooks> => {
        try {
          const repository = await getRepositoryById(client, id);
          if (!repository || signal.aborted) return { fullName, hooks: null, covered };
          const hooks = await listHooks(client, { kind: 'repository', ...repository });
          const ours = hooks.filter((hook) => hook.url === url);
          return { fullName: repository.fullName, hooks: ours, covered };
        } catch (error) {
          return { fullName, hooks: { error: messageOf(error) }, covered };
        }
      }),
    );
    return { url, repositories, notAsked: known.length - asked.length };
  },
  judgeHooks,
);

async function knownRepositories(world: World) {
  const pool = await world.database();
  const { rows } = await pool.query<{ id: string; full_name: string; covered: boolean }>(
    `select repository_id as id, last_push ->> 'repo_full_name' as full_name,
            exists (select 1 from pushledger.hooks h
                    where h.state = 'installed' and (h.scope = 'system' or h.scope <> 'repository'
                      and lower(h.owner) = lower(split_part(last_push ->> 'repo_full_name', '/', 1)))) as covered
     from pushledger.repositories
     order by last_push ->> 'last_run_at' desc`,
  );
  if (rows.length === 0) throw new NotNow('no repository is known yet');
  return rows.map((row) => ({ id: Number(row.id), fullName: row.full_name, covered: row.covered }));
}
