import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OldGitea {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Stands before a double and makes a Gitea 1.17 of it: the list of commits ignores `not`, and a commit that is not
 * there is an internal error of that list.
 */
export async function asOldGitea(url: string): Promise<OldGitea> {
  const { origin } = new URL(url);
  const server = createServer((request, response) => {
    const target = new URL(request.url ?? '/', origin);
    const isList = target.pathname.endsWith('/commits');
    if (isList) target.searchParams.delete('not');
    const { authorization = '' } = request.headers;
    fetch(target, { headers: { authorization } })
      .then(async (answer) => {
        const total = answer.headers.get('x-total-count');
        if (total !== null) response.setHeader('x-total-count', total);
        response.writeHead(isList && answer.status === 404 ? 500 : answer.status, {
          'content-type': 'application/json',
        });
        response.end(await answer.text());
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: url.replace(origin, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
