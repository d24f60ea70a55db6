import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, refused, send } from './answers.ts';

export type Misbehaviour =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'too-many'
  | 'server-error'
  | 'bad-gateway'
  | 'html'
  | 'redirect'
  | 'hanging'
  /** Half of the answer, then the connection is gone. */
  | 'cut'
  /** Tells all that it was sent. */
  | 'quoting'
  /** Every page is the first one. */
  | 'same-page'
  /** Everything at once, whatever is asked for, and no total. */
  | 'no-paging'
  /** Without X-Total-Count. */
  | 'no-total'
  /** Changes a good answer. */
  | { readonly alter: (body: unknown) => unknown };

interface Rule {
  readonly where: RegExp;
  readonly how: Misbehaviour;
  times: number;
}

/** What goes wrong, by method and path. */
export class Misbehaviours {
  #rules: Rule[] = [];

  /** @param where tested against such as `GET /repos/acme/widgets/hooks` */
  add(where: RegExp, how: Misbehaviour, times = Number.POSITIVE_INFINITY): void {
    this.#rules.push({ where, how, times });
  }

  clear(): void {
    this.#rules = [];
  }

  take(method: string, path: string): Misbehaviour | null {
    const rule = this.#rules.find(({ where, times }) => times > 0 && where.test(`${method} ${path}`));
    if (!rule) return null;
    rule.times--;
    return rule.how;
  }
}

const statuses = {
  unauthorized: refused(401, 'invalid username, password or token'),
  forbidden: refused(403, 'token does not have at least one of required scope(s)'),
  'not-found': refused(404, "The target couldn't be found."),
  'server-error': refused(500, 'database is locked'),
} as const;

/** Answers wrongly; true when that was the whole answer. */
export function misbehave(
  how: Misbehaviour,
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): boolean {
  switch (how) {
    case 'unauthorized':
    case 'forbidden':
    case 'not-found':
    case 'server-error':
      send(response, statuses[how]);
      return true;
    case 'too-many':
      response.setHeader('retry-after', '1');
      send(response, refused(429, 'too many requests'));
      return true;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
      return true;
    case 'bad-gateway':
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
      return true;
    case 'redirect':
      response.writeHead(301, { location: 'https://other.example/gitea?token=x' }).end();
      return true;
    case 'hanging':
      return true;
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('[{"id":', () => response.destroy());
      return true;
    case 'quoting':
      send(response, refused(422, `no good: ${request.headers.authorization} ${JSON.stringify(body)}`));
      return true;
    default:
      return false;
  }
}

/** Changes what a good answer would have been. */
export function distort(how: Misbehaviour | null, answer: Answer): Answer {
  if (how === null) return answer;
  if (typeof how === 'object') return { ...answer, body: how.alter(answer.body) };
  if (how !== 'no-total' && how !== 'no-paging') return answer;
  const { total: _total, ...rest } = answer;
  return rest;
}
