import { z } from 'zod';
import { checkOf, NotNow } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';
import { ask } from '../http.ts';

export interface GiteaServerFacts {
  readonly status: number;
  /** `1.24.6`, or of Forgejo `9.0.3+gitea-1.22.0`; null where the answer names none. */
  readonly version: string | null;
}

export function judgeGiteaServer({ status, version }: GiteaServerFacts): Judgement[] {
  if (status >= 300 && status < 400) {
    return [wrong(`it redirects (${status})`, 'set GITEA_URL to the final address of Gitea')];
  }
  if (status === 401 || status === 403) {
    return [
      warning(
        `it does not tell its version without a token (${status})`,
        'nothing, where the token is taken',
      ),
    ];
  }
  if (version === null) {
    return [
      wrong(
        `what answers (${status}) is no Gitea`,
        'set GITEA_URL to the address of Gitea itself, with its sub-path, not of a proxy or sign-in page before it',
      ),
    ];
  }
  if (isForgejo(version)) return [ok(`Forgejo ${version}`)];
  if (isOlder(version, [1, 17, 4])) {
    return [wrong(`Gitea ${version} is too old`, 'update it to 1.17.4 or newer')];
  }
  if (isOlder(version, [1, 20, 0])) {
    return [
      warning(
        `Gitea ${version} tells little of forced pushes and new branches`,
        'update it to 1.20 or newer for all commits of each push',
      ),
    ];
  }
  return [ok(`Gitea ${version}`)];
}

/** https://codeberg.org/forgejo/forgejo: since 7.0 the version names the Gitea that its API is compatible with. */
function isForgejo(version: string): boolean {
  return version.includes('+gitea-') || /forgejo/i.test(version);
}

function isOlder(version: string, least: readonly number[]): boolean {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?/
    .exec(version)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (!parts) return false;
  const index = least.findIndex((part, place) => parts[place] !== part);
  return index >= 0 && (parts[index] ?? 0) < (least[index] ?? 0);
}

const versionSchema = z.object({ version: z.string().max(100) });

export const giteaServer = checkOf(
  'Gitea',
  'server',
  async ({ config, signal, clock }): Promise<GiteaServerFacts> => {
    const { url, token } = config.gitea;
    if (url === null) throw new NotNow('GITEA_URL is not set: hooks, recovery and enrichment are off');
    const { status, json } = await ask(`${url}/api/v1/version`, {
      signal,
      now: () => clock.now(),
      ...(token && { authorization: `token ${token.reveal()}` }),
    });
    return { status, version: versionSchema.safeParse(json).data?.version ?? null };
  },
  judgeGiteaServer,
);
