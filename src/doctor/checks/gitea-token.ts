import { listHooks } from '../../gitea/api/hooks.ts';
import { searchRepositories } from '../../gitea/api/repositories.ts';
import { getTokenUser } from '../../gitea/api/user.ts';
import { GiteaError, type GiteaErrorReason } from '../../gitea/errors.ts';
import { messageOf } from '../../runtime/errors.ts';
import { checkOf } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';

/** How a question that needs a scope was answered. */
export type Answer = 'yes' | { readonly refused: GiteaErrorReason | null; readonly text: string };

export interface TokenFacts {
  /** Takes read:user. */
  readonly user: { readonly login: string; readonly isAdmin: boolean } | Exclude<Answer, 'yes'>;
  /** Takes read:repository. */
  readonly repositories: Answer;
  /** The hooks of one repository; takes the same scope, and the right to administer it. Null where there is none. */
  readonly hooks: { readonly repository: string; readonly answer: Answer } | null;
}

export function judgeToken({ user, repositories, hooks }: TokenFacts): Judgement[] {
  const answers = [user, repositories].filter((answer) => isRefusal(answer));
  const unauthorized = answers.find(({ refused }) => refused === 'unauthorized');
  if (unauthorized) {
    return [
      wrong('the token is not taken', 'it is wrong, expired or revoked: make a new one and set GITEA_TOKEN'),
    ];
  }
  if (isRefusal(repositories)) {
    return repositories.refused === 'forbidden'
      ? [wrong('the token may not read repositories', 'make one with the scope write:repository')]
      : [wrong(repositories.text, 'Gitea has to answer before the token can be judged')];
  }
  const findings: Judgement[] = [];
  if (hooks && isRefusal(hooks.answer)) {
    findings.push(
      warning(
        `the hooks of ${hooks.repository} may not be read`,
        'the token needs write:repository, and its user has to be an administrator of the repository',
      ),
    );
  }
  if (isRefusal(user) && user.refused === 'forbidden') {
    findings.push(
      ok('it may read repositories; whose it is takes the scope read:user, which nothing else needs'),
    );
  } else if (!isRefusal(user)) {
    findings.push(
      ok(`of ${user.login}${user.isAdmin ? ', a site administrator' : ''}, may read repositories`),
    );
  }
  return findings;
}

function isRefusal<T extends object>(answer: T | Answer): answer is Exclude<Answer, 'yes'> {
  return typeof answer === 'object' && 'refused' in answer;
}

export const giteaToken = checkOf(
  'Gitea',
  'token',
  async (world): Promise<TokenFacts> => {
    const client = world.gitea();
    const request = { signal: world.signal };
    const [user, repositories] = await Promise.all([
      getTokenUser(client).catch(refusal),
      searchRepositories(client, request).catch(refusal),
    ]);
    if (!Array.isArray(repositories)) return { user, repositories, hooks: null };
    const [first] = repositories.filter(({ archived }) => !archived);
    const hooks = first && {
      repository: first.fullName,
      answer: await listHooks(client, { kind: 'repository', ...first }).then((): Answer => 'yes', refusal),
    };
    return { user, repositories: 'yes', hooks: hooks ?? null };
  },
  judgeToken,
);

function refusal(error: unknown): Exclude<Answer, 'yes'> {
  return { refused: error instanceof GiteaError ? error.reason : null, text: messageOf(error) };
}
