import { shownAccount } from './accounts.ts';
import { type Answer, notFound, paged, refused } from './answers.ts';
import type { StoredCommit } from './commits.ts';
import type { GiteaRepository } from './repository.ts';

/** What the REST API tells of the git side of a repository: refs, commits, feed. Null: no such address. */
export function answerGit(
  repository: GiteaRepository,
  rest: string,
  query: URLSearchParams,
  { baseUrl, maxLimit }: { baseUrl: string; maxLimit: number },
): Answer | null {
  const commit = (each: StoredCommit) => restCommit(repository, each, baseUrl);
  if (rest === 'branches') return paged([...repository.branches].map(branchOf), query, maxLimit);
  if (rest === 'tags') return paged([...repository.tags].map(tagOf), query, maxLimit);
  if (rest === 'activities/feeds') {
    return paged(repository.feed.toReversed().map(feedOf), query, maxLimit);
  }
  if (rest === 'commits') {
    if (repository.branches.size === 0) return refused(409, 'Git Repository is empty.');
    const tip = resolve(query.get('sha') || repository.defaultBranch);
    if (tip === null) return notFound;
    const not = query.get('not');
    const without = not === null || not === '' ? null : resolve(not);
    if (not && without === null) return notFound;
    return paged(
      repository.commits.between(tip, without === null ? [] : [without]).map(commit),
      query,
      maxLimit,
    );
  }
  const [, branch] = /^branches\/(.+)$/.exec(rest) ?? [];
  if (branch !== undefined) {
    const head = repository.branches.get(branch);
    return head === undefined ? notFound : { status: 200, body: branchOf([branch, head]) };
  }
  const [, single] = /^git\/commits\/([^/]+)$/.exec(rest) ?? [];
  if (single !== undefined) {
    const found = repository.commits.get(resolve(single) ?? '');
    return found ? { status: 200, body: commit(found) } : notFound;
  }
  const [, object] = /^git\/tags\/([^/]+)$/.exec(rest) ?? [];
  if (object !== undefined) {
    const found = repository.tagObjects.get(object);
    if (!found) return notFound;
    const target = { type: 'commit', sha: found.commit, url: '' };
    return { status: 200, body: { sha: found.id, message: found.message, object: target, url: '' } };
  }
  const [, base, head] = /^compare\/(.+?)\.\.\.(.+)$/.exec(rest) ?? [];
  if (base !== undefined && head !== undefined) {
    const [from, to] = [resolve(base), resolve(head)];
    if (from === null || to === null) return notFound;
    const commits = repository.commits.between(to, [from]).map(commit);
    return { status: 200, body: { total_commits: commits.length, commits } };
  }
  return null;

  /** A branch, a tag or a commit. */
  function resolve(name: string): string | null {
    const object = repository.branches.get(name) ?? repository.tags.get(name) ?? name;
    return repository.commitOf(object)?.id ?? null;
  }

  function branchOf([name, head]: readonly [string, string]) {
    const found = repository.commitOf(head);
    return {
      name,
      commit: found && { id: found.id, message: found.message, url: '', timestamp: found.at.toISOString() },
      protected: false,
      required_approvals: 0,
      enable_status_check: false,
    };
  }

  function tagOf([name, object]: readonly [string, string]) {
    const found = repository.commitOf(object);
    return {
      name,
      message: repository.tagObjects.get(object)?.message ?? found?.message ?? '',
      id: object,
      commit: { url: '', sha: found?.id ?? object, created: found?.at.toISOString() },
      zipball_url: '',
      tarball_url: '',
    };
  }

  function feedOf({ id, op_type, actor, ref_name, content, created }: GiteaRepository['feed'][number]) {
    return {
      id,
      user_id: repository.owner.id,
      op_type,
      act_user_id: actor.id,
      act_user: shownAccount(actor, baseUrl),
      repo_id: repository.id,
      comment_id: 0,
      ref_name,
      is_private: repository.isPrivate,
      content,
      created: created.toISOString(),
    };
  }
}

function restCommit(repository: GiteaRepository, commit: StoredCommit, baseUrl: string) {
  const { id, parents, message, author, at } = commit;
  const person = { name: author.fullName, email: `${author.login}@example.com`, date: at.toISOString() };
  const url = `${baseUrl}/api/v1/repos/${repository.fullName}/git/commits/${id}`;
  return {
    url,
    sha: id,
    created: at.toISOString(),
    html_url: `${baseUrl}/${repository.fullName}/commit/${id}`,
    commit: { url, author: person, committer: person, message, tree: { url, sha: id }, verification: null },
    author: shownAccount(author, baseUrl),
    committer: shownAccount(author, baseUrl),
    parents: parents.map((sha) => ({ url, sha })),
    files: null,
    stats: null,
  };
}
