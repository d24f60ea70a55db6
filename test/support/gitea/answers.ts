import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

/** An answer before it is sent. `total` makes it a list. */
export interface Answer {
  status: number;
  body: unknown;
  total?: number;
  location?: string;
}

export const notFound: Answer = { status: 404, body: { message: "The target couldn't be found." } };

export function refused(status: number, message: string): Answer {
  return { status, body: { message, url: 'https://gitea.test/api/swagger' } };
}

/** One page of a list, as `page` and `limit` ask for it. */
export function paged(all: readonly unknown[], query: URLSearchParams, maxLimit: number): Answer {
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const limit = Math.min(Math.max(1, Number(query.get('limit') ?? 30) || 30), maxLimit);
  return { status: 200, body: all.slice((page - 1) * limit, page * limit), total: all.length };
}

export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (request.method === 'GET' || request.method === 'DELETE') return {};
  try {
    return (await json(request)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export function send(response: ServerResponse, answer: Answer): void {
  if (answer.total !== undefined) response.setHeader('x-total-count', answer.total);
  if (answer.location !== undefined) response.setHeader('location', answer.location);
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
}
