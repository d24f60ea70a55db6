import { ApiFailure, failureOf } from './failure.ts';

/** How long an answer may take, in milliseconds: the doctor alone takes up to 20 s. */
const patienceMs = 30_000;

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Where something of the API is, below whatever path the page is at. */
export function apiUrl(path: string, parameters: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(path, document.baseURI);
  url.hash = '';
  url.search = new URLSearchParams(parameters).toString();
  return url;
}

/**
 * Asks the service. The answer has been checked by the service's own schema before it was sent, so that its type is
 * taken over.
 *
 * @throws ApiFailure
 */
export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const response = await send(path, asked);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** The same, as text. */
export async function askText(path: string, asked: Asked = {}): Promise<string> {
  return (await send(path, asked)).text();
}

async function send(path: string, { method = 'GET', body, parameters, signal }: Asked): Promise<Response> {
  const patience = AbortSignal.timeout(patienceMs);
  const response = await fetch(apiUrl(path, parameters), {
    method,
    credentials: 'same-origin',
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiFailure(String(error), { status: null, code: 'UNREACHABLE' });
  });
  if (response.ok) return response;
  const answer: unknown = await response.json().catch(() => null);
  throw failureOf(response.status, answer, response.headers.get('retry-after'));
}
