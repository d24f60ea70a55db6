import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { GiteaRepository } from '../support/gitea/repository.ts';
import type { SentDelivery } from '../support/gitea/sender.ts';
import type { GiteaWorld } from '../support/gitea/world.ts';
import { type Seeded, seeded } from '../support/seeded.ts';

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

/** Pushes of all kinds at about this rate, until the time is over. */
export async function pushFor(
  world: GiteaWorld,
  seed: string,
  { perSecond, forMs }: { perSecond: number; forMs: number },
): Promise<void> {
  const chance = seeded(seed);
  const begin = performance.now();
  for (let number = 1; performance.now() - begin < forMs; number++) {
    pushSomething(world, chance);
    await delay(Math.max(0, begin + (number * 1_000) / perSecond - performance.now()));
  }
}

function pushSomething(world: GiteaWorld, chance: Seeded): void {
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

/**
 * One delivery again and again, of a captured body: most under a fresh id, some under its own, as a proxy that retries
 * would send it.
 *
 * @returns how many were answered 2xx
 */
export async function storm(
  url: string,
  secret: string,
  { body, event, id }: SentDelivery,
  deliveries: number,
): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const one = async (number: number): Promise<boolean> => {
    const headers = {
      'content-type': 'application/json',
      'x-gitea-delivery': number % 5 === 0 ? id : randomUUID(),
      'x-gitea-event': event,
      'x-gitea-signature': signature,
    };
    try {
      const signal = AbortSignal.timeout(5_000);
      return (await fetch(url, { method: 'POST', headers, body: new Uint8Array(body), signal })).ok;
    } catch {
      return false;
    }
  };
  const taken = await Promise.all(Array.from({ length: deliveries }, (_, number) => one(number)));
  return taken.filter(Boolean).length;
}
