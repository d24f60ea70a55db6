import { type Account, shownAccount } from './accounts.ts';
import { type StoredCommit, zeros } from './commits.ts';
import type { GiteaRepository } from './repository.ts';

/** [ui] FEED_MAX_COMMIT_NUM. */
const maxCommits = 5;
/** Gitea counts the commits of a new branch up to here. */
const maxNewBranchTotal = 10;

export interface PushPayload {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** Newest first, all of them. */
  readonly commits: readonly StoredCommit[];
  readonly head: StoredCommit | null;
  readonly pusher: Account;
}

/** The body of a push, in the order of Gitea's keys. */
export function pushBody(repository: GiteaRepository, push: PushPayload, baseUrl: string) {
  const { ref, before, after, commits, head, pusher } = push;
  const isNew = before === zeros;
  const compare =
    after === zeros || (isNew && ref.startsWith('refs/heads/') && repository.branches.size <= 1)
      ? `${baseUrl}/`
      : `${baseUrl}/${repository.fullName}/compare/${before}...${after}`;
  const person = shownAccount(pusher, baseUrl);
  return {
    ref,
    before,
    after,
    compare_url: compare,
    commits: commits.slice(0, maxCommits).map((commit) => commitBody(repository, commit, baseUrl)),
    total_commits: isNew ? Math.min(commits.length, maxNewBranchTotal) : commits.length,
    head_commit: head && commitBody(repository, head, baseUrl),
    repository: repositoryBody(repository, baseUrl),
    pusher: person,
    sender: person,
  };
}

/** `create` and `delete` name the short ref; only `create` has a commit. */
export function refBody(
  repository: GiteaRepository,
  ref: { kind: 'branch' | 'tag'; name: string; sha?: string },
  sender: Account,
  baseUrl: string,
) {
  return {
    ...(ref.sha === undefined ? {} : { sha: ref.sha }),
    ref: ref.name,
    ref_type: ref.kind,
    ...(ref.sha === undefined ? { pusher_type: 'user' } : {}),
    repository: repositoryBody(repository, baseUrl),
    sender: shownAccount(sender, baseUrl),
  };
}

/** The test delivery of the REST API: the head of a ref as `before` and `after`. */
export function restTestBody(
  repository: GiteaRepository,
  ref: string,
  head: StoredCommit,
  pusher: Account,
  baseUrl: string,
) {
  const push = { ref, before: head.id, after: head.id, commits: [head], head, pusher };
  const body = pushBody(repository, push, baseUrl);
  const commit = { ...commitBody(repository, head, baseUrl), added: null, removed: null, modified: null };
  return { ...body, commits: [commit], head_commit: commit };
}

/** The test delivery of the button in the web interface: one commit that does not exist. */
export function webTestBody(repository: GiteaRepository, pusher: Account, baseUrl: string) {
  const ghost = { name: 'Ghost', email: '', username: '' };
  const commit = {
    id: zeros,
    message: 'This is a fake commit for webhook push test',
    url: `${baseUrl}/${repository.fullName}/commit/${zeros}`,
    author: ghost,
    committer: ghost,
    verification: null,
    timestamp: '0001-01-01T00:00:00Z',
    added: null,
    removed: null,
    modified: null,
  };
  const ref = `refs/heads/${repository.defaultBranch}`;
  const push = { ref, before: zeros, after: zeros, commits: [], head: null, pusher };
  const body = pushBody(repository, push, baseUrl);
  return { ...body, commits: [commit], total_commits: 1, head_commit: commit };
}

function commitBody(repository: GiteaRepository, commit: StoredCommit, baseUrl: string) {
  const { login, fullName } = commit.author;
  const person = { name: fullName, email: `${login}@example.com`, username: login };
  return {
    id: commit.id,
    message: commit.message,
    url: `${baseUrl}/${repository.fullName}/commit/${commit.id}`,
    author: person,
    committer: person,
    verification: null,
    timestamp: commit.at.toISOString(),
    added: [],
    removed: [],
    modified: [commit.file],
  };
}

/** The same in payloads and answers. */
export function repositoryBody(repository: GiteaRepository, baseUrl: string) {
  const { fullName } = repository;
  return {
    id: repository.id,
    owner: shownAccount(repository.owner, baseUrl),
    name: repository.name,
    full_name: fullName,
    description: '',
    empty: repository.branches.size === 0,
    private: repository.isPrivate,
    fork: false,
    template: false,
    mirror: repository.mirror,
    size: 28,
    language: '',
    languages_url: `${baseUrl}/api/v1/repos/${fullName}/languages`,
    html_url: `${baseUrl}/${fullName}`,
    url: `${baseUrl}/api/v1/repos/${fullName}`,
    link: '',
    ssh_url: `git@gitea.test:${fullName}.git`,
    clone_url: `${baseUrl}/${fullName}.git`,
    original_url: '',
    website: '',
    stars_count: 0,
    forks_count: 0,
    watchers_count: 1,
    open_issues_count: 0,
    open_pr_counter: 0,
    release_counter: 0,
    default_branch: repository.defaultBranch,
    archived: repository.archived,
    created_at: '2026-01-02T03:04:05Z',
    updated_at: repository.updatedAt.toISOString(),
    archived_at: '1970-01-01T00:00:00Z',
    permissions: { admin: true, push: true, pull: true },
    has_issues: true,
    object_format_name: 'sha1',
    mirror_updated: '0001-01-01T00:00:00Z',
    topics: [],
    licenses: [],
  };
}
