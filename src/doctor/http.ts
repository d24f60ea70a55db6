import { messageOf } from '../runtime/errors.ts';

export interface Answered {
  readonly status: number;
  /** Parsed where it is JSON; else null. */
  readonly json: unknown;
  /** Of the `Date` header; null without one. */
  readonly date: Date | null;
  /** Halfway between asking and the answer, by our clock. */
  readonly askedAt: Date;
}

/** For one request and its whole answer, in milliseconds. */
const timeoutMs = 5_000;
/** No answer that is looked at is longer. */
const maxBytes = 1_024 * 1_024;

export interface AskOptions {
  readonly authorization?: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/**
 * Asks with GET, and takes any answer.
 *
 * @throws Error in one line when there is none
 */
export async function ask(url: string, { authorization, signal, now }: AskOptions): Promise<Answered> {
  const startedAt = now().getTime();
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...(authorization !== undefined && { authorization }) },
      // Followed, it would carry the token to another place.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const askedAt = new Date((startedAt + now().getTime()) / 2);
    const date = new Date(response.headers.get('date') ?? Number.NaN);
    return {
      status: response.status,
      json: parseJson(await boundedText(response)),
      date: Number.isNaN(date.getTime()) ? null : date,
      askedAt,
    };
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** fetch says only "fetch failed" and puts what happened into the cause. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no whole answer within ${timeoutMs / 1_000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return messageOf(error);
}
