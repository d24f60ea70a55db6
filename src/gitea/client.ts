import type { z } from 'zod';
import type { Secret } from '../config/secret.ts';
import { createAtMost } from '../runtime/at-most.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { GiteaError, type GiteaErrorReason } from './errors.ts';
import { tryAgain } from './try-again.ts';

export interface GiteaClientOptions {
  /** Address of Gitea, with its sub-path, without trailing slash. */
  readonly baseUrl: string;
  readonly token: Secret | null;
  /** For one request and its whole answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** So many requests at once, over all callers; the others wait. Default 4. */
  readonly concurrency?: number;
  /** For the pauses before another attempt. */
  readonly clock?: Clock;
}

export interface GiteaRequest {
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** Values inside the body that must not come back in an error's text. */
  readonly secrets?: readonly Secret[];
  /** What to do about a refusal, where the caller knows more than its status says. */
  readonly advice?: Partial<Record<GiteaErrorReason, string>>;
  readonly signal?: AbortSignal;
  /** Whether it does no harm when it is carried out twice. Default: everything but POST. */
  readonly repeatable?: boolean;
}

export interface GiteaAnswer<T> {
  readonly value: T;
  /** X-Total-Count: how many items the whole list has. Null when the answer is no list. */
  readonly totalCount: number | null;
}

export type GiteaMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const defaultTimeoutMs = 10_000;
/** Gitea answers a request of ours in milliseconds; more at once would only take its workers from its users. */
const defaultConcurrency = 4;

/**
 * Gitea's REST API, version 1: one request, one checked answer. What came to nothing is tried again where that is
 * safe (`try-again.ts`); a request that waits for that keeps its place, so that a server under load gets fewer.
 */
export class GiteaClient {
  readonly #options: GiteaClientOptions;
  readonly #atMost: ReturnType<typeof createAtMost>;

  constructor(options: GiteaClientOptions) {
    this.#options = options;
    this.#atMost = createAtMost(options.concurrency ?? defaultConcurrency);
  }

  /** Address of Gitea, without trailing slash. */
  get baseUrl(): string {
    return this.#options.baseUrl;
  }

  /**
   * @param path below `/api/v1`, made by `apiPath`
   * @throws GiteaError (code GITEA_REJECTED) for everything but a good answer of the expected shape
   */
  async request<T>(
    method: GiteaMethod,
    path: string,
    schema: z.ZodType<T>,
    request: GiteaRequest = {},
  ): Promise<GiteaAnswer<T>> {
    const { clock = systemClock } = this.#options;
    const { repeatable = method !== 'POST', signal } = request;
    return this.#atMost(() =>
      tryAgain(() => this.#attempt(method, path, schema, request), { clock, repeatable, signal }),
    );
  }

  async #attempt<T>(
    method: GiteaMethod,
    path: string,
    schema: z.ZodType<T>,
    request: GiteaRequest,
  ): Promise<GiteaAnswer<T>> {
    const fail = (
      reason: GiteaErrorReason,
      what: string,
      httpStatus: number | null = null,
      retryAfterMs: number | null = null,
    ) => {
      const advice = request.advice?.[reason] ?? defaultAdvice[reason];
      const text = `${method} ${this.#options.baseUrl}/api/v1${path}: ${what}. ${advice}`;
      return new GiteaError(reason, text, httpStatus, retryAfterMs);
    };
    const { response, text } = await this.#exchange(method, path, request).catch((error: unknown) => {
      throw fail(...failureOf(error, this.#timeoutMs, request.signal));
    });
    const { status } = response;
    const json = parseJson(text);
    const said = json.ok ? this.#messageIn(json.value, request) : '';
    if (status >= 300 && status < 400) {
      throw fail(
        'redirected',
        `Gitea redirects to ${withoutQuery(response.headers.get('location'))}`,
        status,
      );
    }
    const retryAfterMs = pauseIn(response.headers);
    if (status >= 500) throw fail('server-error', `Gitea answered ${status}${said}`, status, retryAfterMs);
    if (status === 429) throw fail('rate-limited', `Gitea answered ${status}${said}`, status, retryAfterMs);
    if (!json.ok) {
      const type = response.headers.get('content-type') ?? 'no content type';
      throw fail('not-json', `the answer is not JSON (${onOneLine(type)}, status ${status})`, status);
    }
    if (status >= 400) throw fail(reasonOf(status), `Gitea answered ${status}${said}`, status);
    const parsed = schema.safeParse(json.value);
    if (!parsed.success) {
      const places = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole').slice(0, 5);
      throw fail('unexpected-answer', `the answer has another shape (${places.join(', ')})`, status);
    }
    return { value: parsed.data, totalCount: countIn(response.headers) };
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? defaultTimeoutMs;
  }

  async #exchange(method: GiteaMethod, path: string, { query, body, signal }: GiteaRequest) {
    const url = new URL(`${this.#options.baseUrl}/api/v1${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.#options.token) headers.authorization = `token ${this.#options.token.reveal()}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      // A followed redirect turns POST into GET, and would carry the hook's secret to another place.
      redirect: 'manual',
    });
    return { response, text: await response.text() };
  }

  /** Gitea's own explanation. It quotes what it was sent in some of them, so secrets are taken out, before cutting. */
  #messageIn(answer: unknown, { secrets = [] }: GiteaRequest): string {
    if (typeof answer !== 'object' || answer === null || !('message' in answer)) return '';
    const hidden = [...secrets, ...(this.#options.token ? [this.#options.token] : [])];
    const text = hidden.reduce(
      (shown, secret) => shown.replaceAll(secret.reveal(), '[secret]'),
      String(answer.message),
    );
    return text === '' ? '' : ` and said "${onOneLine(text)}"`;
  }
}

/**
 * A path of encoded segments.
 *
 * @throws TypeError for an empty, `.` or `..` segment: it would address something else
 */
export function apiPath(...segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => {
      const text = String(segment);
      if (/^\.{0,2}$/.test(text)) throw new TypeError(`"${text}" cannot be part of a path`);
      return `/${encodeURIComponent(text)}`;
    })
    .join('');
}

const defaultAdvice: Readonly<Record<GiteaErrorReason, string>> = {
  unauthorized: 'The token is wrong, expired or revoked: make a new one and set GITEA_TOKEN',
  forbidden: 'The token lacks the scope that is named, or its user the right',
  'not-found': 'It does not exist, or the token may not see it',
  refused: 'Gitea did not like the request',
  'rate-limited': 'Too many requests in too short a time: try again later',
  redirected: 'Set GITEA_URL to the final address of Gitea',
  'server-error': 'Look at its log, and at the proxy before it',
  'not-json':
    'Set GITEA_URL to the address of Gitea itself (with its sub-path), not of a proxy or sign-in page before it',
  'unexpected-answer': 'Is it a Gitea or Forgejo that GITEA_URL points to, of version 1.17 or later?',
  'timed-out': 'Is Gitea overloaded, or does a firewall drop the connection?',
  unreachable: 'Is GITEA_URL right, does Gitea run, and may this machine connect to it?',
  aborted: 'It was not finished',
};

function reasonOf(status: number): GiteaErrorReason {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  return status === 404 ? 'not-found' : 'refused';
}

function failureOf(error: unknown, timeoutMs: number, signal?: AbortSignal): [GiteaErrorReason, string] {
  if (signal?.aborted) return ['aborted', 'the request was given up'];
  if (error instanceof Error && error.name === 'TimeoutError') {
    return ['timed-out', `no whole answer within ${timeoutMs / 1000} s`];
  }
  // fetch says only "fetch failed" and puts what happened into the cause.
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : 'no details';
  const certificate = /CERT|SELF_SIGNED|ISSUER/.test(code)
    ? '; for a certificate of your own authority set NODE_EXTRA_CA_CERTS'
    : '';
  return ['unreachable', `no connection (${code})${certificate}`];
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  // Answers to DELETE and PATCH may be empty.
  if (text === '') return { ok: true, value: null };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** Control characters could rewrite the operator's terminal. */
function onOneLine(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300);
}

function withoutQuery(location: string | null): string {
  return onOneLine((location ?? 'nowhere').replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//'));
}

function countIn(headers: Headers): number | null {
  const text = headers.get('x-total-count') ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** `Retry-After` in seconds, as milliseconds. The other form, a date, is not worth trusting two clocks for. */
function pauseIn(headers: Headers): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : null;
}
