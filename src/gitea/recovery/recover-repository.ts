import type { PushId } from '../../events/ids.ts';
import type { CollapsedSpan } from '../../events/recovery-events.ts';
import { isZeros, refKindOf } from '../../events/ref.ts';
import { appendBaseline, appendCollapsed, appendRecovered, type FreeSlot, freeSlot } from './append.ts';
import { type Examined, type ExamineOptions, examine } from './examine.ts';
import type { MissedPush } from './find-missed.ts';
import type { KnownRepository } from './known-repositories.ts';
import { commitsOfMissed } from './missed-commits.ts';
import { recoveredFacts, type Telling } from './recovered-push.ts';

export interface RecoverOptions extends ExamineOptions, Omit<Telling, 'instance' | 'baseUrl'> {
  /** What is younger is left to its webhook, in milliseconds. */
  readonly settlingMs: number;
  /** Look, and write nothing. */
  readonly dryRun: boolean;
}

/** A push that was recovered, or would be. */
export interface RecoveredPush {
  /** Null in a dry run. */
  readonly pushId: PushId | null;
  readonly ref: string;
  readonly before: string | null;
  readonly after: string;
  /** ISO 8601; null where it is not known. */
  readonly pushedAt: string | null;
  /** It stands for an unknown number of pushes. */
  readonly collapsed: boolean;
}

/** How a repository was left. */
export interface Recovered {
  readonly fullName: string;
  /** Its baseline was taken now. */
  readonly baselined: boolean;
  readonly pushes: readonly RecoveredPush[];
  /** Missed as it seems, and left for the next time: too young, or somebody else took them in this moment. */
  readonly left: number;
  readonly unreadable: number;
  readonly feedIsCut: boolean;
  readonly feedId: number | null;
}

/** What was missing at the first look, for a second one. */
export interface Deferred {
  readonly missed: readonly MissedPush[];
}

export type Outcome =
  | { readonly is: 'done'; readonly recovered: Recovered }
  /** A webhook may be on its way: to be looked at again when it must have arrived. */
  | { readonly is: 'deferred'; readonly deferred: Deferred }
  | { readonly is: 'gone' };

/**
 * Brings one repository up to date. What only the comparison shows counts as missed when it shows twice, so that
 * neither a webhook that is on its way nor a list that changed while it was read is taken for a push.
 *
 * @param before what the first look found; absent at the first one
 * @throws GiteaError, or what store and database throw
 */
export async function recoverRepository(
  options: RecoverOptions,
  repository: KnownRepository,
  before?: Deferred,
): Promise<Outcome> {
  const examined = await examine(options, repository);
  if (!examined) return { is: 'gone' };
  const { missed } = examined;
  const due = before
    ? missed.filter((push) => isDue(options, push, missed, before.missed))
    : missed.filter((push) => isSettled(options, push));
  // Claimed in one go or not at all: what stands for a span depends on what the feed tells.
  if (!before && due.length < missed.length && !options.dryRun)
    return { is: 'deferred', deferred: { missed } };
  const baselined = repository.baselinedAt === null;
  if (baselined && !options.dryRun) await takeBaseline(options, repository, examined);
  const pushes = options.dryRun ? missed.map(shownPush) : await claimAll(options, repository, examined, due);
  const { seen, unreadable, feedId } = examined;
  return {
    is: 'done',
    recovered: {
      fullName: `${seen.name.owner}/${seen.name.name}`,
      baselined,
      pushes,
      left: missed.length - pushes.length,
      unreadable,
      feedIsCut: seen.feedIsCut,
      feedId,
    },
  };
}

function isSettled({ clock, settlingMs }: RecoverOptions, { entry }: MissedPush): boolean {
  return entry !== null && entry.at.getTime() <= clock.now().getTime() - settlingMs;
}

function isDue(
  options: RecoverOptions,
  push: MissedPush,
  missed: readonly MissedPush[],
  before: readonly MissedPush[],
): boolean {
  if (push.entry) return isSettled(options, push);
  const isYoung = (other: MissedPush) =>
    other.ref === push.ref && other.entry !== null && !isSettled(options, other);
  const wasThere = before.some((other) => other.ref === push.ref && other.after === push.after);
  return wasThere && !missed.some(isYoung);
}

async function takeBaseline(
  { store, instance, clock }: RecoverOptions,
  { id: repositoryId }: KnownRepository,
  { seen, feedId }: Examined,
): Promise<void> {
  const fullName = `${seen.name.owner}/${seen.name.name}`;
  await appendBaseline(
    store,
    { instance, repositoryId, fullName, heads: seen.heads, feedId, at: seen.at },
    clock.now(),
  );
}

async function claimAll(
  options: RecoverOptions,
  repository: KnownRepository,
  { seen, position }: Examined,
  due: readonly MissedPush[],
): Promise<RecoveredPush[]> {
  const { store, client, instance, clock, signal } = options;
  const own = new Set<PushId>();
  const claimed: RecoveredPush[] = [];
  const slotOf = ({ ref, after }: MissedPush) =>
    freeSlot(store, { instance, repositoryId: repository.id, ref, after }, position, own);
  const key = { instance, repositoryId: repository.id };
  const spans: CollapsedSpan[] = [];
  for (const push of due) spans.push(...spanOf(push, push.span ? await slotOf(push) : null));
  if (spans.length > 0) await appendCollapsed(store, key, spans, clock.now());
  for (const push of due) {
    signal.throwIfAborted();
    const slot = await slotOf(push);
    if (!slot) continue;
    const commits = await commitsOfMissed(client, seen.name, push, signal);
    const telling = { ...options, baseUrl: client.baseUrl };
    const facts = recoveredFacts(telling, { ...seen.name, id: repository.id }, push, commits, seen.at);
    if (!(await appendRecovered(store, facts, slot, clock.now()))) continue;
    own.add(slot.pushId);
    claimed.push({ ...shownPush(push), pushId: slot.pushId });
  }
  return claimed;
}

/** Of branches alone: no other push that arrives late says where it started. */
function spanOf({ ref, after, span }: MissedPush, slot: FreeSlot): CollapsedSpan[] {
  if (!span || !slot || refKindOf(ref) !== 'branch' || isZeros(after)) return [];
  const [from, until] = [new Date(span.from).toISOString(), new Date(span.until).toISOString()];
  return [{ pushId: slot.pushId, ref, after, from, until }];
}

function shownPush({ ref, before, after, entry, span }: MissedPush): RecoveredPush {
  const pushedAt = entry?.at.toISOString() ?? null;
  return { pushId: null, ref, before, after, pushedAt, collapsed: span !== null };
}
