import { bytesOf } from '../delivery.ts';
import type { Account } from './accounts.ts';
import { type HookScope, passesFilter, type StoredHook } from './hooks.ts';
import { restTestBody, webTestBody } from './payloads.ts';
import { GiteaRepository } from './repository.ts';
import { type SenderOptions, type SentDelivery, WebhookSender } from './sender.ts';

export interface Token {
  readonly user: Account;
  /** `all`, or such as `read:repository` and `write:organization`. */
  readonly scopes: readonly string[];
}

/** What is on the server: accounts, tokens, repositories and hooks, and the sender of webhooks. */
export class GiteaWorld {
  baseUrl = '';
  readonly accounts: Account[] = [];
  readonly tokens = new Map<string, Token>();
  readonly repositories = new Map<number, GiteaRepository>();
  readonly hooks: StoredHook[] = [];
  /** Old names (`owner/name` in lower case) of repositories that were renamed. */
  readonly redirects = new Map<string, number>();
  /** Organisation members, as `organisation id:user id`. */
  readonly members = new Set<string>();
  readonly sender: WebhookSender;
  readonly now: () => Date;
  #lastId = 0;

  constructor(options: { now?: () => Date; sender?: SenderOptions }) {
    this.now = options.now ?? (() => new Date());
    this.sender = new WebhookSender((hook) => this.hooks.includes(hook), options.sender ?? {});
  }

  nextId = (): number => ++this.#lastId;

  createUser(login: string, { isAdmin = false } = {}): Account {
    return this.#add({ id: this.nextId(), login, fullName: `${login} the user`, isAdmin, kind: 'user' });
  }

  createOrganisation(login: string, { members = [] }: { members?: readonly Account[] } = {}): Account {
    const kind = 'organisation';
    const account = this.#add({
      id: this.nextId(),
      login,
      fullName: login.toUpperCase(),
      isAdmin: false,
      kind,
    });
    for (const member of members) this.members.add(`${account.id}:${member.id}`);
    return account;
  }

  createToken(text: string, user: Account, scopes: readonly string[] = ['all']): void {
    this.tokens.set(text, { user, scopes });
  }

  createRepository(
    owner: string,
    name: string,
    { isPrivate = false, archived = false, mirror = false } = {},
  ): GiteaRepository {
    const host = {
      baseUrl: () => this.baseUrl,
      now: this.now,
      nextId: this.nextId,
      account: (login: string) => (login === '' ? this.#firstUser() : this.account(login)),
      notify: (repository: GiteaRepository, event: string, body: unknown, branch: string | null) =>
        this.#notify(repository, event, body, branch),
    };
    const details = { owner: this.account(owner), name, isPrivate, archived, mirror };
    const repository = new GiteaRepository(host, details);
    this.repositories.set(repository.id, repository);
    for (const hook of this.hooks.filter(({ scope }) => scope.kind === 'default')) {
      this.addHook(
        { kind: 'repository', repositoryId: repository.id },
        { ...hook, config: { ...hook.config } },
      );
    }
    return repository;
  }

  /** Sends no event. */
  rename(repository: GiteaRepository, name: string): void {
    this.redirects.set(repository.fullName.toLowerCase(), repository.id);
    repository.name = name;
  }

  /** Sends no event. */
  transfer(repository: GiteaRepository, owner: string): void {
    this.redirects.set(repository.fullName.toLowerCase(), repository.id);
    repository.owner = this.account(owner);
  }

  /** Sends no event, and takes its hooks with it. */
  remove(repository: GiteaRepository): void {
    this.repositories.delete(repository.id);
    const kept = this.hooks.filter(
      ({ scope }) => scope.kind !== 'repository' || scope.repositoryId !== repository.id,
    );
    this.hooks.splice(0, this.hooks.length, ...kept);
  }

  account(login: string): Account {
    const found = this.accounts.find((each) => each.login.toLowerCase() === login.toLowerCase());
    if (!found) throw new Error(`there is no account ${login}`);
    return found;
  }

  repository(owner: string, name: string): GiteaRepository | undefined {
    const fullName = `${owner}/${name}`.toLowerCase();
    return [...this.repositories.values()].find((each) => each.fullName.toLowerCase() === fullName);
  }

  addHook(scope: HookScope, hook: Partial<Omit<StoredHook, 'id' | 'scope'>>): StoredHook {
    const stored: StoredHook = {
      type: 'gitea',
      active: false,
      config: {},
      secret: '',
      events: [],
      branch_filter: '',
      authorization_header: '',
      ...hook,
      scope,
      id: this.hooks.reduce((highest, { id }) => Math.max(highest, id), 0) + 1,
    };
    this.hooks.push(stored);
    return stored;
  }

  /** What waits for the hook is never sent. */
  removeHook(hook: StoredHook): void {
    this.hooks.splice(this.hooks.indexOf(hook), 1);
  }

  hooksOf(repository: GiteaRepository): StoredHook[] {
    return this.hooks.filter(({ scope }) => {
      if (scope.kind === 'repository') return scope.repositoryId === repository.id;
      return scope.kind === 'system' || (scope.kind !== 'default' && scope.ownerId === repository.owner.id);
    });
  }

  /** "Redeliver" on the hook's page: another id for the very same bytes, signed with the secret of now. */
  replay({ hook, event, body }: SentDelivery): SentDelivery {
    return this.sender.send(hook, event, body);
  }

  /** The test of the REST API. Nothing is sent by an empty repository, nor where the hook does not want pushes. */
  testByRest(repository: GiteaRepository, hook: StoredHook, ref: string, by: Account): void {
    const branch = ref.replace(/^refs\/heads\//, '');
    const head = repository.commits.get(repository.branches.get(branch) ?? '');
    if (!head || !wants(hook, 'push', branch)) return;
    this.sender.send(hook, 'push', bytesOf(restTestBody(repository, ref, head, by, this.baseUrl)));
  }

  /** The test of the button "Test delivery". */
  testByWeb(repository: GiteaRepository, hook: StoredHook, by: Account): void {
    this.sender.send(hook, 'push', bytesOf(webTestBody(repository, by, this.baseUrl)));
  }

  #notify(repository: GiteaRepository, event: string, body: unknown, branch: string | null): void {
    const bytes = bytesOf(body);
    for (const hook of this.hooksOf(repository)) {
      if (hook.active && wants(hook, event, branch)) this.sender.send(hook, event, bytes);
    }
  }

  #firstUser(): Account {
    const user = this.accounts.find(({ kind }) => kind === 'user');
    if (!user) throw new Error('there is no user');
    return user;
  }

  #add(account: Account): Account {
    this.accounts.push(account);
    return account;
  }
}

function wants(hook: StoredHook, event: string, branch: string | null): boolean {
  return hook.events.includes(event) && passesFilter(hook.branch_filter, branch);
}
