/** A user or an organisation. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly fullName: string;
  readonly isAdmin: boolean;
  readonly kind: 'user' | 'organisation';
}

/** As Gitea shows an account in answers and payloads. */
export function shownAccount(account: Account, baseUrl: string) {
  return {
    id: account.id,
    login: account.login,
    login_name: '',
    source_id: 0,
    full_name: account.fullName,
    email: `${account.id}+${account.login}@noreply.gitea.test`,
    avatar_url: `${baseUrl}/avatars/${account.login}`,
    html_url: `${baseUrl}/${account.login}`,
    language: '',
    is_admin: account.isAdmin,
    last_login: '0001-01-01T00:00:00Z',
    created: '2026-01-02T03:04:05Z',
    restricted: false,
    active: false,
    prohibit_login: false,
    location: '',
    website: '',
    description: '',
    visibility: 'public',
    followers_count: 0,
    following_count: 0,
    starred_repos_count: 0,
    username: account.login,
  };
}
