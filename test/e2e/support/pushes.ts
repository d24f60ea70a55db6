import { hash } from 'node:crypto';
import { bytesOf, fixture, post, type TestAnswer } from '../../support/delivery.ts';

export interface PushTo {
  /** Its name; other names are other repositories. */
  readonly repository: string;
  /** The commit's message; stands for the commit, too. */
  readonly message: string;
  readonly ref?: string;
}

/** What Gitea sends for a push of one commit. */
export function pushBody({ repository, message, ref = 'refs/heads/main' }: PushTo): Buffer {
  const template = fixture('push-force-rewrite');
  const sha = hash('sha1', `${repository}\n${message}`, 'hex');
  const url = `https://gitea.test/acme/${repository}`;
  const commit = {
    ...(template.head_commit as object),
    id: sha,
    message,
    url: `${url}/commit/${sha}`,
  };
  return bytesOf({
    ...template,
    ref,
    after: sha,
    compare_url: `${url}/compare/${String(template.before)}...${sha}`,
    commits: [commit],
    head_commit: commit,
    repository: {
      ...template.repository,
      id: Number.parseInt(hash('sha1', repository, 'hex').slice(0, 8), 16),
      name: repository,
      full_name: `acme/${repository}`,
      html_url: url,
    },
  });
}

/**
 * Pushes once, as Gitea does.
 *
 * @returns the push id; fails unless the push is taken
 */
export async function pushTo(address: string, push: PushTo): Promise<string> {
  const answer: TestAnswer = await post(`${address}/webhook/gitea`, { body: pushBody(push) });
  const { pushId, status } = answer.body;
  if (status !== 'accepted' || pushId === undefined) throw new Error(`a push was ${JSON.stringify(answer)}`);
  return pushId;
}
