import { createHash } from 'node:crypto';
import type { Account } from './accounts.ts';
import { CommitGraph, commitOn, type StoredCommit, zeros } from './commits.ts';
import { type FeedEntry, type FeedOperation, feedContent } from './feed.ts';
import { type PushPayload, pushBody, refBody } from './payloads.ts';

/** What a repository needs of the server that it is on. */
export interface RepositoryHost {
  readonly baseUrl: () => string;
  readonly now: () => Date;
  readonly nextId: () => number;
  readonly account: (login: string) => Account;
  /** Sends an event to every hook that wants it. */
  readonly notify: (repository: GiteaRepository, event: string, body: unknown, branch: string | null) => void;
}

export interface PushOptions {
  /** How many commits, or their messages. Default 1. */
  readonly commits?: number | readonly string[];
  /** Login of who pushes. Default: the one who was made first. */
  readonly by?: string;
}

/** A push as it happened, for a test to compare with. */
export interface Pushed {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** Oldest first, all of them. */
  readonly commits: readonly StoredCommit[];
  readonly pusher: string;
  readonly at: Date;
}

export interface AnnotatedTag {
  readonly id: string;
  readonly commit: string;
  readonly message: string;
}

/** A repository with what Gitea does when something is pushed to it: refs, feed, webhooks. */
export class GiteaRepository {
  readonly id: number;
  owner: Account;
  name: string;
  readonly isPrivate: boolean;
  readonly mirror: boolean;
  archived: boolean;
  readonly defaultBranch = 'main';
  updatedAt: Date;
  readonly commits = new CommitGraph();
  /** Heads by short name. */
  readonly branches = new Map<string, string>();
  /** What a tag points to by short name: a commit, or the object of an annotated one. */
  readonly tags = new Map<string, string>();
  readonly tagObjects = new Map<string, AnnotatedTag>();
  /** Oldest first. */
  readonly feed: FeedEntry[] = [];
  /** All that was pushed, oldest first. */
  readonly pushes: Pushed[] = [];
  readonly #host: RepositoryHost;

  constructor(
    host: RepositoryHost,
    details: { owner: Account; name: string; isPrivate: boolean; archived: boolean; mirror: boolean },
  ) {
    this.#host = host;
    this.id = host.nextId();
    this.owner = details.owner;
    this.name = details.name;
    this.isPrivate = details.isPrivate;
    this.archived = details.archived;
    this.mirror = details.mirror;
    this.updatedAt = host.now();
  }

  get fullName(): string {
    return `${this.owner.login}/${this.name}`;
  }

  /** Commits on top of a branch, which is made where it is not there. */
  push(branch = this.defaultBranch, options: PushOptions = {}): Pushed {
    return this.#moveBranch(branch, this.#grow(this.branches.get(branch) ?? null, options), options);
  }

  /** Takes the newest `dropped` commits away and puts others in their place. */
  forcePush(branch = this.defaultBranch, options: PushOptions & { dropped?: number } = {}): Pushed {
    const base = this.#ancestor(branch, options.dropped ?? 1);
    return this.#moveBranch(branch, this.#grow(base, options), options);
  }

  /** Takes the newest `dropped` commits away. */
  rewind(branch = this.defaultBranch, dropped = 1, options: Pick<PushOptions, 'by'> = {}): Pushed {
    const target = this.#ancestor(branch, dropped);
    if (target === null) throw new Error(`${branch} has no ${dropped} commits to take away`);
    return this.#moveBranch(branch, target, options);
  }

  /** Moves a branch to a commit that is there already, whatever it is. */
  moveBranch(branch: string, to: string, options: Pick<PushOptions, 'by'> = {}): Pushed {
    return this.#moveBranch(branch, to, options);
  }

  /** A new branch at the head of another one, with commits of its own (none by default). */
  createBranch(
    name: string,
    { from = this.defaultBranch, commits = 0, by }: PushOptions & { from?: string } = {},
  ) {
    const base = this.#head(from);
    const count = typeof commits === 'number' ? commits : commits.length;
    const options = { commits, ...(by === undefined ? {} : { by }) };
    return this.#moveBranch(name, count === 0 ? base : this.#grow(base, options), options);
  }

  /** Sends no push, only `delete`. */
  deleteBranch(name: string, { by }: Pick<PushOptions, 'by'> = {}): void {
    const actor = this.#actor(by);
    this.#head(name);
    this.branches.delete(name);
    this.#record('delete_branch', actor, `refs/heads/${name}`, '');
    this.#notify('delete', refBody(this, { kind: 'branch', name }, actor, this.#host.baseUrl()), name);
  }

  /** Makes a tag, or moves it; `before` is zeros either way. */
  tag(name: string, { at, annotated, by }: { at?: string; annotated?: string; by?: string } = {}): Pushed {
    const commit = at ?? this.#head(this.defaultBranch);
    const actor = this.#actor(by);
    let after = commit;
    if (annotated !== undefined) {
      after = createHash('sha1')
        .update(JSON.stringify([commit, name, annotated, this.tagObjects.size]))
        .digest('hex');
      this.tagObjects.set(after, { id: after, commit, message: annotated });
    }
    this.tags.set(name, after);
    const ref = `refs/tags/${name}`;
    const pushed = this.#pushed(
      { ref, before: zeros, after, commits: [], head: this.#commit(commit), pusher: actor },
      null,
      'push_tag',
    );
    this.#notify(
      'create',
      refBody(this, { kind: 'tag', name, sha: after }, actor, this.#host.baseUrl()),
      null,
    );
    return pushed;
  }

  deleteTag(name: string, { by }: Pick<PushOptions, 'by'> = {}): Pushed {
    const before = this.tags.get(name);
    if (before === undefined) throw new Error(`there is no tag ${name}`);
    const actor = this.#actor(by);
    this.tags.delete(name);
    const ref = `refs/tags/${name}`;
    const pushed = this.#pushed(
      { ref, before, after: zeros, commits: [], head: null, pusher: actor },
      null,
      'delete_tag',
    );
    this.#notify('delete', refBody(this, { kind: 'tag', name }, actor, this.#host.baseUrl()), null);
    return pushed;
  }

  /** The commit of a ref's object: an annotated tag points to one. */
  commitOf(object: string): StoredCommit | null {
    return this.commits.get(this.tagObjects.get(object)?.commit ?? object) ?? null;
  }

  /** Forgets the commits that no ref reaches. */
  collectGarbage(): void {
    const tips = [...this.branches.values(), ...this.tags.values()];
    this.commits.collect(tips.map((tip) => this.tagObjects.get(tip)?.commit ?? tip));
  }

  #moveBranch(name: string, after: string, options: PushOptions): Pushed {
    const before = this.branches.get(name) ?? zeros;
    const isNew = before === zeros;
    const others = [...this.branches].filter(([branch]) => branch !== name).map(([, head]) => head);
    const commits = this.commits.between(after, isNew ? others : [before]);
    this.branches.set(name, after);
    const actor = this.#actor(options.by);
    if (isNew) {
      this.#notify(
        'create',
        refBody(this, { kind: 'branch', name, sha: after }, actor, this.#host.baseUrl()),
        name,
      );
    }
    const head = this.#commit(after);
    const push = { ref: `refs/heads/${name}`, before, after, commits, head, pusher: actor };
    return this.#pushed(push, name, this.mirror ? 'mirror_sync_push' : 'commit_repo');
  }

  #pushed(push: PushPayload, branch: string | null, operation: FeedOperation): Pushed {
    const { ref, before, after, commits, head, pusher } = push;
    this.updatedAt = this.#host.now();
    const body = pushBody(this, push, this.#host.baseUrl());
    const compare =
      before === zeros && commits.length > 0 ? (commits.at(-1)?.parents[0] ?? this.defaultBranch) : before;
    const content = feedContent({
      commits,
      head,
      compare: after === zeros ? '' : `${this.fullName}/compare/${compare}...${after}`,
      total: body.total_commits,
    });
    this.#record(operation, pusher, ref, operation === 'delete_tag' ? '' : content);
    const pushed = {
      ref,
      before,
      after,
      commits: commits.toReversed(),
      pusher: pusher.login,
      at: this.updatedAt,
    };
    this.pushes.push(pushed);
    this.#notify('push', body, branch);
    return pushed;
  }

  #record(op_type: FeedOperation, actor: Account, ref_name: string, content: string): void {
    this.feed.push({ id: this.#host.nextId(), op_type, actor, ref_name, content, created: this.#host.now() });
  }

  #notify(event: string, body: unknown, branch: string | null): void {
    this.#host.notify(this, event, body, branch);
  }

  #grow(base: string | null, { commits = 1, by }: PushOptions): string {
    const count = typeof commits === 'number' ? commits : commits.length;
    const messages =
      typeof commits === 'number' ? Array.from({ length: count }, (_, n) => `change ${n + 1}`) : commits;
    let tip = base;
    for (const message of messages) {
      const details = { message, author: this.#actor(by), at: this.#host.now(), salt: this.#host.nextId() };
      const commit = commitOn(tip, details);
      this.commits.add(commit);
      tip = commit.id;
    }
    if (tip === null) throw new Error('a branch needs a commit');
    return tip;
  }

  #ancestor(branch: string, distance: number): string | null {
    return this.commits.history(this.#head(branch))[distance]?.id ?? null;
  }

  #head(branch: string): string {
    const head = this.branches.get(branch);
    if (head === undefined) throw new Error(`there is no branch ${branch}`);
    return head;
  }

  #commit(id: string): StoredCommit {
    const commit = this.commits.get(id);
    if (!commit) throw new Error(`there is no commit ${id}`);
    return commit;
  }

  #actor(login: string | undefined): Account {
    return this.#host.account(login ?? '');
  }
}
