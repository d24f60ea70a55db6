import { z } from 'zod';
import { Secret } from '../../../src/config/secret.ts';
import { getTokenUser } from '../../../src/gitea/api/user.ts';
import { apiPath, GiteaClient } from '../../../src/gitea/client.ts';
import { startGitea } from './server.ts';

/** A Gitea to test against, which may be a real one. */
export interface GiteaTarget {
  readonly url: string;
  readonly token: Secret;
  /** Owner of what tests make. */
  readonly owner: string;
  /** With one commit. */
  createRepository(name: string): Promise<void>;
  archive(name: string): Promise<void>;
  /** Removes what was made. */
  close(): Promise<void>;
}

/** The one of GITEA_TEST_URL and GITEA_TEST_TOKEN (scopes write:repository, write:user), else the double. */
export async function giteaTarget(env: NodeJS.ProcessEnv = process.env): Promise<GiteaTarget> {
  const { GITEA_TEST_URL: url, GITEA_TEST_TOKEN: token } = env;
  if (!url || !token) return doubleTarget();
  return realTarget(url.replace(/\/+$/, ''), new Secret(token));
}

async function doubleTarget(): Promise<GiteaTarget> {
  const gitea = await startGitea();
  return {
    url: gitea.url,
    token: new Secret('good-token'),
    owner: 'ada',
    async createRepository(name) {
      gitea.world.createRepository('ada', name).push();
    },
    async archive(name) {
      const repository = gitea.world.repository('ada', name);
      if (repository) repository.archived = true;
    },
    close: () => gitea.close(),
  };
}

async function realTarget(baseUrl: string, token: Secret): Promise<GiteaTarget> {
  const client = new GiteaClient({ baseUrl, token });
  const { login } = await getTokenUser(client);
  const made: string[] = [];
  return {
    url: baseUrl,
    token,
    owner: login,
    async createRepository(name) {
      await client.request('POST', '/user/repos', z.unknown(), {
        body: { name, auto_init: true, private: true },
      });
      made.push(name);
    },
    async archive(name) {
      await client.request('PATCH', apiPath('repos', login, name), z.unknown(), { body: { archived: true } });
    },
    async close() {
      for (const name of made) await client.request('DELETE', apiPath('repos', login, name), z.unknown());
    },
  };
}
