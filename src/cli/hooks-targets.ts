import { type FoundTargets, findTargets } from '../gitea/hooks/find-targets.ts';
import {
  type CallingRepository,
  type KnownHook,
  readCallingRepositories,
  readInstalledHooks,
  readRefusals,
} from '../gitea/hooks/known-hooks.ts';
import { knownTargets } from '../gitea/hooks/known-targets.ts';
import { type PlaceOptions, wantedTargets } from './hooks-options.ts';
import type { HookSession } from './hooks-session.ts';

export interface Meant extends FoundTargets {
  readonly known: readonly KnownHook[];
  readonly calling: readonly CallingRepository[];
  /** Why the last delivery was refused, by the repository's id. */
  readonly refused: ReadonlyMap<number, string>;
  /** No place was named: all that are known. */
  readonly all: boolean;
}

/** The places that are named; without any, those of all hooks that we know and of all repositories that call us. */
export async function meantTargets(
  { tools, ledger }: HookSession,
  names: readonly string[],
  options: PlaceOptions,
): Promise<Meant> {
  const [known, calling, refused] = await Promise.all([
    readInstalledHooks(ledger.pool),
    readCallingRepositories(ledger.pool),
    readRefusals(ledger.pool),
  ]);
  const all = names.length === 0 && !options.org && !options.user && !options.system;
  const found = all
    ? await knownTargets(tools.client, known, calling)
    : await findTargets(tools.client, wantedTargets(names, options));
  return { ...found, known, calling, refused, all };
}
