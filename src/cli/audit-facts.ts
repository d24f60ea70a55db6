import type { DeriveEssentials, Essentials } from '../audit/essentials.ts';
import { readAccount } from '../ingest/commits.ts';
import { LenientReader } from '../ingest/lenient.ts';
import { isObject, type Json, parseBody, requireDelete, requirePush } from '../ingest/payload.ts';

/** By the receiver's own rules, so that the audit can have no others. */
export const deriveEssentials: DeriveEssentials = (signed, isBranchDelete) => {
  try {
    const body = parseBody(signed);
    return isBranchDelete ? ofBranchDelete(body) : ofPush(body);
  } catch {
    return null;
  }
};

function ofPush(body: Json): Essentials {
  const { ref, before, after, repository } = requirePush(body);
  const account = body.pusher ?? body.sender;
  return { ref, before, after, ...common(repository, account) };
}

function ofBranchDelete(body: Json): Essentials {
  const { ref, repository } = requireDelete(body);
  const format = isObject(body.repository) ? body.repository.object_format_name : undefined;
  return {
    ref: `refs/heads/${ref}`,
    before: null,
    after: '0'.repeat(format === 'sha256' ? 64 : 40),
    ...common(repository, body.sender),
  };
}

function common(repository: { id: number; full_name: string }, account: unknown) {
  const pusher = readAccount(account, 'pusher', new LenientReader());
  return { repositoryId: repository.id, repository: repository.full_name, pusher: pusher?.login ?? null };
}
