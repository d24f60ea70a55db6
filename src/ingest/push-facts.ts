import { z } from 'zod';
import type { DeliveryId } from '../events/ids.ts';
import { type IgnoreRules, whyIgnored } from '../events/ignore-rules.ts';
import { nodeIdOf } from '../events/node-id.ts';
import type { PushReceived, SignedBody } from '../events/push-received.ts';
import { branchOf, branchRef, isZeros, refKindOf } from '../events/ref.ts';
import { readAccount, readCommit, readCommits, readUrl, shortText } from './commits.ts';
import { LenientReader } from './lenient.ts';
import { isObject, type Json, requireDelete, requirePush } from './payload.ts';

/** Everything about a push but its id, which only the event store can settle. */
export type PushFacts = Omit<PushReceived, 'pushId' | 'occurrence'>;

/** What is known of a delivery besides its body. */
export interface DeliveryContext {
  readonly deliveryId: DeliveryId;
  readonly receivedAt: Date;
  readonly signedBody: SignedBody;
  readonly instance: string;
  /** GITEA_OWNER, whose repositories have the short node names. */
  readonly owner: string | null;
  /** Which pushes are recorded but announced to nobody. */
  readonly ignore: IgnoreRules;
}

/** Gitea lists at most so many commits by default (`[ui] FEED_MAX_COMMIT_NUM`). */
const defaultListedCommits = 5;
/** For a new branch Gitea counts no further than this (services/repository/push.go). */
const maxCountedOfNewBranch = 10;
const count = z.number().int().nonnegative();

/**
 * The push that a body of the event `push` tells of.
 *
 * @throws CodedError PUSH_INVALID
 */
export function factsOfPush(body: Json, context: DeliveryContext): PushFacts {
  const { ref, before, after, repository } = requirePush(body);
  const reader = new LenientReader();
  const { commits, listed } = readCommits(body.commits, reader);
  const head =
    body.head_commit === undefined || body.head_commit === null
      ? (commits.find((commit) => commit.id === after) ?? commits.at(-1) ?? null)
      : readCommit(body.head_commit, 'head_commit', reader);
  const refKind = refKindOf(ref);
  const kind = kindOf({ before, after, refKind, listed, total: body.total_commits });
  const total = countCommits(body.total_commits, listed, kind, reader);
  const known = common(body, repository, context, reader);
  return {
    ...known,
    ref,
    refKind,
    branch: branchOf(ref),
    before,
    after,
    kind,
    commits,
    head,
    ...total,
    compareUrl: readUrl(body.compare_url, 'compare_url', reader),
    ignored: whyIgnored({ pusher: known.pusher, commits, ...total }, context.ignore),
    notes: reader.notes,
  };
}

/**
 * The push that the `delete` of a branch tells of: Gitea sends no `push` for it, and no commit id either.
 *
 * @throws CodedError PUSH_INVALID
 */
export function factsOfBranchDelete(body: Json, context: DeliveryContext): PushFacts {
  const { ref, repository } = requireDelete(body);
  const reader = new LenientReader();
  const details = isObject(body.repository) ? body.repository : {};
  const idLength = details.object_format_name === 'sha256' ? 64 : 40;
  const known = common({ ...body, pusher: body.sender }, repository, context, reader);
  const nothing = { commits: [], totalCommits: 0, totalIsFloor: false };
  return {
    ...known,
    ref: branchRef(ref),
    refKind: 'branch',
    branch: ref,
    before: null,
    after: '0'.repeat(idLength),
    kind: 'deleted',
    ...nothing,
    head: null,
    compareUrl: null,
    ignored: whyIgnored({ pusher: known.pusher, ...nothing }, context.ignore),
    notes: reader.notes,
  };
}

function common(
  body: Json,
  repository: { id: number; full_name: string },
  context: DeliveryContext,
  reader: LenientReader,
) {
  const details = isObject(body.repository) ? body.repository : {};
  const slash = repository.full_name.lastIndexOf('/');
  const owner = slash > 0 ? repository.full_name.slice(0, slash) : '';
  const name = repository.full_name.slice(slash + 1) || repository.full_name;
  // Gitea's own account tells who pushed; `sender` is the same object and stands in where one is missing.
  const pusher = readAccount(body.pusher ?? body.sender, 'pusher', reader);
  return {
    deliveryId: context.deliveryId,
    source: 'webhook' as const,
    receivedAt: context.receivedAt.toISOString(),
    pushedAt: null,
    instance: context.instance,
    repository: {
      id: repository.id,
      owner: shortText(owner),
      name: shortText(name),
      fullName: repository.full_name,
      url: readUrl(details.html_url, 'repository.html_url', reader),
    },
    nodeId: nodeIdOf({ owner: shortText(owner), name: shortText(name) }, context.owner),
    pusher,
    body: context.signedBody,
  };
}

function kindOf(push: {
  before: string;
  after: string;
  refKind: PushReceived['refKind'];
  listed: number | null;
  total: unknown;
}): PushReceived['kind'] {
  if (isZeros(push.after)) return 'deleted';
  // Also a tag that was moved: its `before` is always zeros.
  if (isZeros(push.before)) return 'created';
  const nothingNew = push.listed === 0 && (push.total === 0 || push.total === undefined);
  return push.refKind === 'branch' && nothingNew ? 'rewound' : 'updated';
}

function countCommits(
  total: unknown,
  listed: number | null,
  kind: PushReceived['kind'],
  reader: LenientReader,
): { totalCommits: number; totalIsFloor: boolean } {
  const told = reader.read(count, total, 'total_commits');
  const totalCommits = Math.max(told ?? 0, listed ?? 0);
  const capped = kind === 'created' && totalCommits >= maxCountedOfNewBranch;
  const guessed = told === null && totalCommits >= defaultListedCommits;
  return { totalCommits, totalIsFloor: capped || guessed };
}
