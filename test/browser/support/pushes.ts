import { randomBytes, randomUUID } from 'node:crypto';
import { type Body, bytesOf, fixture, post } from '../../support/delivery.ts';

export interface PushToSend {
  readonly repository?: string;
  readonly branch?: string;
  readonly message?: string;
  readonly pusher?: string;
  readonly author?: string;
}

/** A push of one commit, under ids of its own, that differs from a recorded one in what is given. */
export function pushBody(push: PushToSend = {}): Body {
  const body = fixture('push-force-rewrite');
  const { repository = 'widgets', branch = 'main', message = 'a change', pusher, author } = push;
  const after = randomBytes(20).toString('hex');
  const commits = body.commits as Record<string, unknown>[];
  const [recorded] = commits;
  const commit = {
    ...recorded,
    id: after,
    message,
    url: `https://gitea.test/acme/${repository}/commit/${after}`,
    ...(author !== undefined && {
      author: { name: author, email: 'author@example.com', username: '' },
    }),
  };
  return {
    ...body,
    ref: `refs/heads/${branch}`,
    after,
    commits: [commit],
    head_commit: commit,
    total_commits: 1,
    ...(pusher !== undefined && {
      pusher: { ...(body.pusher as object), login: pusher, username: pusher, full_name: '' },
    }),
    repository: {
      ...body.repository,
      id: repository === 'widgets' ? body.repository.id : idOf(repository),
      name: repository,
      full_name: `acme/${repository}`,
      html_url: `https://gitea.test/acme/${repository}`,
    },
  };
}

/** Delivers a push and says which one it is. */
export async function sendPush(url: string, push: PushToSend = {}): Promise<string> {
  const answer = await post(url, { body: bytesOf(pushBody(push)), deliveryId: randomUUID() });
  if (answer.status !== 200 || !answer.body.pushId) {
    throw new Error(`the push was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer.body.pushId;
}

/** A repository id that follows from its name. */
function idOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
}
