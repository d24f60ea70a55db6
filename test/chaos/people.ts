import type { GiteaRepository } from '../support/gitea/repository.ts';
import type { GiteaWorld } from '../support/gitea/world.ts';
import type { Seeded } from '../support/seeded.ts';

const people: readonly [string, ...string[]] = ['bob', 'carol', 'dave'];
/** Its pushes are recorded, and announced nowhere. */
export const botLogin = 'gitea-actions';
const maxRepositories = 12;

/** Who and what is there before the first push. */
export function furnish(world: GiteaWorld, hookUrl: string, secret: string): void {
  for (const login of [...people, botLogin]) world.createUser(login);
  world.createOrganisation('umbrella', { members: [world.account('bob')] });
  const hook = {
    active: true,
    config: { url: hookUrl, content_type: 'json' },
    secret,
    events: ['push', 'create', 'delete'],
  };
  world.addHook({ kind: 'system' }, hook);
  // The same push comes twice from this owner, under two delivery ids; and once as a form.
  const { id } = world.account('umbrella');
  world.addHook(
    { kind: 'organisation', ownerId: id },
    { ...hook, config: { url: hookUrl, content_type: 'form' } },
  );
  for (const owner of ['acme', 'acme', 'umbrella', 'bob']) newRepository(world, owner, 'bob');
}

function newRepository(world: GiteaWorld, owner: string, by: string): void {
  world.createRepository(owner, `widgets-${world.repositories.size}`).push('main', { by, commits: 2 });
}

/** Somebody does something: mostly a push, of any kind. Which follows from the chance and from what is there. */
export function actSomehow(world: GiteaWorld, chance: Seeded): void {
  const [first, ...others] = world.repositories.values();
  if (!first) return;
  const repository = chance.pick([first, ...others]);
  const by = chance.percent(8) ? botLogin : chance.pick(people);
  const branch = chance.pick(['main', ...repository.branches.keys()]);
  const number = chance.integer(0, 999_999);
  const deep = (repository.commits.history(repository.branches.get(branch) ?? '')?.length ?? 0) > 3;
  const removable = [...repository.branches.keys()].filter((name) => name !== 'main');
  chance.weighted<() => void>([
    [30, () => repository.push(branch, { by, commits: chance.integer(1, 3) })],
    [5, () => repository.push(branch, { by, commits: chance.integer(4, 14) })],
    [deep ? 6 : 0, () => repository.forcePush(branch, { by, dropped: chance.integer(1, 3) })],
    [deep ? 6 : 0, () => repository.rewind(branch, chance.integer(1, 3), { by })],
    [6, () => repository.createBranch(`topic/${number}`, { by, commits: chance.integer(0, 2) })],
    [removable.length > 0 ? 6 : 0, () => deleteBranch(repository, removable, chance, by)],
    [4, () => repository.tag(`v${number}`, { by, ...(chance.percent(50) && { annotated: 'a release' }) })],
    [repository.tags.size > 0 ? 3 : 0, () => deleteTag(repository, chance, by)],
    [
      world.repositories.size < maxRepositories ? 2 : 0,
      () => newRepository(world, chance.pick(['acme', 'umbrella']), by),
    ],
    [2, () => test(world, repository, chance)],
    [6, () => redeliver(world, chance)],
  ])();
}

function deleteBranch(
  repository: GiteaRepository,
  [first, ...others]: readonly string[],
  chance: Seeded,
  by: string,
): void {
  if (first !== undefined) repository.deleteBranch(chance.pick([first, ...others]), { by });
}

function deleteTag(repository: GiteaRepository, chance: Seeded, by: string): void {
  const [first, ...others] = repository.tags.keys();
  if (first !== undefined) repository.deleteTag(chance.pick([first, ...others]), { by });
}

function test(world: GiteaWorld, repository: GiteaRepository, chance: Seeded): void {
  const [hook] = world.hooksOf(repository);
  if (!hook) return;
  const by = world.account('bob');
  if (chance.percent(50)) world.testByWeb(repository, hook, by);
  else world.testByRest(repository, hook, 'refs/heads/main', by);
}

/** A person at the button "Redeliver" of some recent delivery. */
function redeliver(world: GiteaWorld, chance: Seeded): void {
  const [first, ...others] = world.sender.deliveries.slice(-30);
  if (first) world.replay(chance.pick([first, ...others]));
}
