import type { Clock } from '../../runtime/clock.ts';
import { getRepositoryById, type Repository } from '../api/repositories.ts';
import type { GiteaClient } from '../client.ts';

/** How long a name is trusted, in milliseconds: a rename tells nobody. */
const trustedMs = 10 * 60_000;

export interface KnownRepositories {
  /** Null when it is gone, or the token may not see it. @throws GiteaError */
  find(id: number): Promise<Repository | null>;
  /** To be called after a failure: the name may be another one by now. */
  forget(id: number): void;
}

/**
 * Repositories by their id. Never by the name that a push gives: it may have been renamed since, and another one made
 * under the old name, whose commits would then be told as its own.
 */
export function createKnownRepositories(client: GiteaClient, clock: Clock): KnownRepositories {
  const known = new Map<number, { repository: Repository; until: number }>();
  return {
    async find(id) {
      const now = clock.now().getTime();
      const held = known.get(id);
      if (held && now < held.until) return held.repository;
      const repository = await getRepositoryById(client, id);
      if (repository) known.set(id, { repository, until: now + trustedMs });
      return repository;
    },
    forget: (id) => void known.delete(id),
  };
}
