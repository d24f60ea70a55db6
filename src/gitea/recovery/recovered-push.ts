import { formatDuration } from '../../config/units.ts';
import { type IgnoreRules, whyIgnored } from '../../events/ignore-rules.ts';
import { nodeIdOf } from '../../events/node-id.ts';
import type { Account, Commit, PushReceived } from '../../events/push-received.ts';
import { branchOf, isZeros, refKindOf } from '../../events/ref.ts';
import { shortText } from '../api/commits.ts';
import type { RepositoryName } from '../api/repositories.ts';
import type { MissedPush } from './find-missed.ts';

export type RecoveredFacts = Omit<PushReceived, 'pushId' | 'occurrence'>;

/** How recovered pushes are told. */
export interface Telling {
  readonly instance: string;
  /** Address of Gitea, without trailing slash. */
  readonly baseUrl: string;
  /** GITEA_OWNER, whose repositories have the short node names. */
  readonly owner: string | null;
  readonly ignore: IgnoreRules;
  /** A push that happened longer ago is announced to nobody, in milliseconds. */
  readonly announceMaxAgeMs: number;
  /** Why none is announced, whatever its age; null where the age decides. */
  readonly silent: string | null;
}

/** The commits of a missed push, as far as they could be had. */
export interface MissedCommits {
  /** Oldest first. */
  readonly commits: readonly Commit[];
  readonly head: Commit | null;
  readonly total: number;
  readonly totalIsFloor: boolean;
  readonly notes: readonly string[];
}

/**
 * The fact that a missed push is recorded as.
 *
 * @param seenAt when Gitea showed it: it was pushed by then
 */
export function recoveredFacts(
  telling: Telling,
  repository: RepositoryName & { readonly id: number },
  push: MissedPush,
  { commits, head, total, totalIsFloor, notes }: MissedCommits,
  seenAt: Date,
): RecoveredFacts {
  const { ref, before, after, entry, span } = push;
  const refKind = refKindOf(ref);
  const pusher = accountOf(entry?.actor ?? null);
  const fullName = `${repository.owner}/${repository.name}`;
  const url = `${telling.baseUrl}/${fullName}`;
  const withUrl = (commit: Commit) => ({ ...commit, url: commit.url ?? `${url}/commit/${commit.id}` });
  return {
    deliveryId: null,
    source: 'recovery',
    receivedAt: seenAt.toISOString(),
    pushedAt: entry?.at.toISOString() ?? null,
    instance: telling.instance,
    repository: { id: repository.id, owner: repository.owner, name: repository.name, fullName, url },
    nodeId: nodeIdOf(repository, telling.owner),
    ref,
    refKind,
    branch: branchOf(ref),
    before,
    after,
    kind: kindOf(push, total),
    commits: commits.map(withUrl),
    head: head && withUrl(head),
    totalCommits: total,
    totalIsFloor,
    compareUrl: isLink(before) && isLink(after) ? `${url}/compare/${before}...${after}` : null,
    pusher,
    recovered: {
      from: entry ? 'feed' : 'comparison',
      collapsed: span !== null,
      ...(span && { until: new Date(span.until).toISOString() }),
    },
    ignored:
      whyIgnored({ pusher, commits: [...commits], totalCommits: total, totalIsFloor }, telling.ignore) ??
      telling.silent ??
      tooOld(telling, entry?.at ?? null, seenAt),
    notes: [...notes],
    body: null,
  };
}

function kindOf({ ref, before, after }: MissedPush, total: number): PushReceived['kind'] {
  if (isZeros(after)) return 'deleted';
  if (!isLink(before)) return 'created';
  return refKindOf(ref) === 'branch' && total === 0 ? 'rewound' : 'updated';
}

/** By when it was pushed: a push is no news because we hear of it late. One whose time is not known is told. */
function tooOld({ announceMaxAgeMs }: Telling, pushedAt: Date | null, seenAt: Date): string | null {
  const isOld = pushedAt !== null && seenAt.getTime() - pushedAt.getTime() > announceMaxAgeMs;
  return isOld ? `recovered more than ${formatDuration(announceMaxAgeMs)} after it was pushed` : null;
}

function accountOf(
  actor: { readonly id: number | null; readonly login: string; readonly fullName: string } | null,
): Account | null {
  if (!actor || actor.login === '') return null;
  return { id: actor.id, login: shortText(actor.login), fullName: shortText(actor.fullName) };
}

function isLink(sha: string | null): sha is string {
  return sha !== null && !isZeros(sha);
}
