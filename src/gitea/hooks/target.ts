import type { HookEventPlace } from '../../events/hook-events.ts';
import { type HookPlace, nameOfPlace } from '../api/hooks.ts';
import type { Repository } from '../api/repositories.ts';

/** A place whose hook is to be looked at or changed, with what is known of it. */
export type HookTarget =
  | { readonly kind: 'repository'; readonly repository: Repository }
  | { readonly kind: 'organisation'; readonly owner: string }
  /** The user whose token it is. */
  | { readonly kind: 'user'; readonly owner: string }
  | { readonly kind: 'system' };

export function placeOf(target: HookTarget): HookPlace {
  switch (target.kind) {
    case 'repository':
      return { kind: 'repository', owner: target.repository.owner, name: target.repository.name };
    case 'organisation':
      return target;
    default:
      return { kind: target.kind };
  }
}

/** As events have it: a repository by its id, which survives a rename. */
export function eventPlaceOf(target: HookTarget): HookEventPlace {
  if (target.kind !== 'repository') return target;
  const { id, owner, name } = target.repository;
  return { kind: 'repository', repositoryId: id, owner, name };
}

export function nameOf(target: HookTarget): string {
  return target.kind === 'user' ? `user ${target.owner}` : nameOfPlace(placeOf(target));
}
