import { createAtMost } from '../../runtime/at-most.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import { GiteaError } from '../errors.ts';
import { type FoldOptions, foldUpToNow } from './fold-up-to.ts';
import { type KnownRepository, listKnownRepositories } from './known-repositories.ts';
import {
  type Deferred,
  type Recovered,
  type RecoverOptions,
  recoverRepository,
} from './recover-repository.ts';
import * as statements from './statements.ts';

/** Repositories that are looked at side by side; the client bounds its requests itself. */
const atOnce = 4;

export interface RecoverAllOptions extends RecoverOptions, FoldOptions {
  /** Those with these names or ids; null for all. */
  readonly only: ReadonlySet<string | number> | null;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What became of one repository. */
export type RepositoryReport = {
  readonly repositoryId: number;
  readonly fullName: string;
  /** Its name before, where it was renamed. */
  readonly knownAs: string;
} & (
  | { readonly outcome: 'checked' | 'baselined'; readonly recovered: Recovered }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'failed'; readonly error: string }
);

/**
 * Looks at all repositories and records what was missed. One that cannot be looked at is part of the report and keeps
 * none of the others from it. Killed at any place and done again, it goes on: what is in the log is not missed.
 *
 * @throws what store and database throw, or the signal's reason
 */
export async function recoverAll(options: RecoverAllOptions): Promise<RepositoryReport[]> {
  const { pool, instance, signal, clock, settlingMs, only } = options;
  await foldUpToNow(options);
  const all = await listKnownRepositories(pool, instance);
  const chosen = only
    ? all.filter(({ id, fullName }) => only.has(id) || only.has(fullName.toLowerCase()))
    : all;
  const reports = new Map<number, RepositoryReport>();
  const deferred = new Map<KnownRepository, Deferred>();
  const server = createServerTrouble();
  const recoverOne = async (repository: KnownRepository, before?: Deferred) => {
    signal.throwIfAborted();
    const report = await server.ask(repository, async (): Promise<RepositoryReport | null> => {
      const outcome = await recoverRepository(options, repository, before);
      const named = namesOf(repository);
      if (outcome.is === 'gone') return { ...named, outcome: 'gone' };
      if (outcome.is === 'deferred') {
        deferred.set(repository, outcome.deferred);
        return null;
      }
      const { recovered } = outcome;
      const how = recovered.baselined ? 'baselined' : 'checked';
      return { ...named, fullName: recovered.fullName, outcome: how, recovered };
    });
    if (!report) return;
    reports.set(repository.id, report);
    if (!options.dryRun) await keep(options, report);
    options.onProgress?.({ done: reports.size, total: chosen.length });
  };
  await side(chosen, (repository) => recoverOne(repository));
  if (deferred.size > 0) {
    await clock.sleep(settlingMs, signal);
    await foldUpToNow(options);
    await side([...deferred], ([repository, before]) => recoverOne(repository, before));
  }
  return chosen.flatMap(({ id }) => reports.get(id) ?? []);
}

function namesOf({ id: repositoryId, fullName }: KnownRepository) {
  return { repositoryId, fullName, knownAs: fullName };
}

/** All are ended before a failure is told, so that nothing goes on behind it. */
async function side<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const atMost = createAtMost(atOnce);
  const ended = await Promise.allSettled(items.map((item) => atMost(() => work(item))));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

/** What is wrong with the whole server is asked once, and not a thousand times. */
function createServerTrouble() {
  let trouble: string | null = null;
  return {
    async ask(
      repository: KnownRepository,
      work: () => Promise<RepositoryReport | null>,
    ): Promise<RepositoryReport | null> {
      const named = namesOf(repository);
      if (trouble !== null) return { ...named, outcome: 'failed', error: trouble };
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof GiteaError) || error.reason === 'aborted') throw error;
        const text = error.detail ?? messageOf(error);
        if (error.reason === 'unauthorized' || error.reason === 'unreachable') trouble = text;
        return { ...named, outcome: 'failed', error: text };
      }
    },
  };
}

/** For those who ask how it went: page, doctor and the next recovery. */
async function keep(
  { pool, instance, clock }: RecoverAllOptions & { readonly clock: Clock },
  report: RepositoryReport,
): Promise<void> {
  const now = clock.now();
  const recovered = 'recovered' in report ? report.recovered : null;
  const isComplete = recovered !== null && recovered.left === 0 && !recovered.feedIsCut;
  const error =
    report.outcome === 'failed'
      ? report.error
      : report.outcome === 'gone'
        ? 'it is gone, or the token may not see it'
        : null;
  await pool.query(statements.recordRecovery, [
    instance,
    report.repositoryId,
    report.fullName,
    isComplete ? now : null,
    isComplete ? recovered.feedId : null,
    now,
    error,
    recovered?.pushes.length ?? 0,
    recovered?.pushes.filter(({ collapsed }) => collapsed).length ?? 0,
  ]);
}
