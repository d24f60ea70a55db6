import { z } from 'zod';
import type { GiteaClient, GiteaRequest } from './client.ts';
import { GiteaError } from './errors.ts';

/** The most that Gitea gives at once by default; a server may allow less. */
export const pageSize = 50;

/** A list that goes on longer is no list: 100,000 items. */
const defaultMaxPages = 2_000;

export interface ListRequest extends Omit<GiteaRequest, 'body'> {
  readonly maxPages?: number;
  /** The member of the answer that holds the list, where it is not the answer itself. */
  readonly inside?: string;
}

/**
 * The pages of a list, until one is empty or X-Total-Count items were given. A short page is no sign of the end: the
 * server may allow fewer a page than we ask for, and counts items that it then leaves out.
 *
 * Items that come or go meanwhile move others to another page: one may come twice, and, where something before it was
 * removed, one may be missing.
 *
 * @param path made by `apiPath`
 * @param itemSchema of one item
 * @throws GiteaError; with the reason `unexpected-answer` for a server that repeats its pages before the end
 */
export async function* pagesOf<T>(
  client: GiteaClient,
  path: string,
  itemSchema: z.ZodType<T>,
  { maxPages = defaultMaxPages, inside, ...request }: ListRequest = {},
): AsyncGenerator<{ readonly items: readonly T[]; readonly totalCount: number | null }> {
  const list = z.array(itemSchema).nullable();
  const schema =
    inside === undefined
      ? list
      : z
          .record(z.string(), z.unknown())
          .transform((answer) => answer[inside] ?? null)
          .pipe(list);
  let given = 0;
  let before = '';
  for (let page = 1; page <= maxPages; page++) {
    const query = { ...request.query, page, limit: pageSize };
    const { value, totalCount } = await client.request('GET', path, schema, { ...request, query });
    // An empty list may come as null.
    const items = value ?? [];
    const text = JSON.stringify(items);
    // A server that ignores `page` gives everything, or the same part of it, again and again.
    if (items.length > 0 && text === before) {
      if (totalCount === null) return;
      throw broken(path, `page ${page} is page ${page - 1} again, after ${given} of ${totalCount} items`);
    }
    before = text;
    given += items.length;
    if (items.length > 0) yield { items, totalCount };
    if (items.length === 0 || (totalCount !== null && given >= totalCount)) return;
  }
  throw broken(path, `the list has not ended after ${maxPages} pages`);
}

/** All items of a list, over all pages. @throws GiteaError */
export async function listAll<T>(
  client: GiteaClient,
  path: string,
  itemSchema: z.ZodType<T>,
  request: ListRequest = {},
): Promise<T[]> {
  const all: T[] = [];
  for await (const { items } of pagesOf(client, path, itemSchema, request)) all.push(...items);
  return all;
}

function broken(path: string, what: string): GiteaError {
  const advice = 'Does a proxy before Gitea drop the query of an address?';
  return new GiteaError('unexpected-answer', `GET ${path}: ${what}. ${advice}`, 200);
}
