import type { Secret } from '../config/secret.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import { type Answer, readAnswer } from './answer.ts';
import { oneLine } from './outside-text.ts';
import { readBounded } from './read-bounded.ts';
import { retryAfterMs } from './retry-after.ts';
import type { RunRequest } from './run-request.ts';
import { TriggerError, type TriggerErrorKind } from './trigger-error.ts';

export interface DagEngineOptions {
  readonly url: string;
  readonly token: Secret | null;
  readonly clock: Clock;
  /** For one request with its whole answer, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface Accepted extends Answer {
  readonly httpStatus: number;
}

export interface DagEngine {
  /** Asks for a run, once. @throws TriggerError */
  trigger(request: RunRequest, signal: AbortSignal): Promise<Accepted>;
}

const defaultTimeoutMs = 15_000;
/** No run id is longer, and no explanation is worth more. */
const maxAnswerBytes = 64 * 1024;
const maxExplanation = 300;

export function createDagEngine(options: DagEngineOptions): DagEngine {
  const { url, token, clock, timeoutMs = defaultTimeoutMs } = options;

  async function post(request: RunRequest, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(url, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          // A few bytes could otherwise become gigabytes here.
          'accept-encoding': 'identity',
          'content-type': 'application/json',
          'idempotency-key': request.run.run_id,
          ...(token && { authorization: `Bearer ${token.reveal()}` }),
        },
        body: JSON.stringify(request),
        // Followed, it would carry the token to another place, and turn the POST into a GET.
        redirect: 'manual',
        signal,
      });
    } catch (cause) {
      throw new TriggerError('unanswered', failureText(cause, timeoutMs), { cause });
    }
  }

  return {
    async trigger(request, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const response = await post(request, limited);
      const text = await readBounded(response, maxAnswerBytes);
      const { status } = response;
      // The first line of the answer decides. A run that was accepted is not asked for again because the rest was lost.
      if (response.ok) return { httpStatus: status, ...readAnswer(text) };
      const kind = kindOfStatus(status);
      throw new TriggerError(kind, refusalText(response, text, token), {
        retryAfterMs: retryAfterMs(response.headers.get('retry-after'), clock.now()),
      });
    },
  };
}

function kindOfStatus(status: number): TriggerErrorKind {
  if (status === 401) return 'unauthorized';
  if (status === 425 || status === 429) return 'busy';
  return status >= 500 || status === 408 ? 'unanswered' : 'final';
}

function refusalText({ status, headers }: Response, text: string, token: Secret | null): string {
  if (status >= 300 && status < 400) {
    const target = (headers.get('location') ?? 'nowhere').replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//');
    return oneLine(
      `HTTP ${status}: it redirects to ${target}; set DAG_ENGINE_URL to where it is`,
      maxExplanation,
    );
  }
  // Some quote what they were sent.
  const harmless = token ? text.replaceAll(token.reveal(), '[secret]') : text;
  return oneLine(`HTTP ${status}${harmless === '' ? '' : `: ${harmless}`}`, maxExplanation);
}

/** `fetch` says only that it failed, and puts what happened into the cause. */
function failureText(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no whole answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return oneLine(`no answer: ${messageOf(cause)}`, maxExplanation);
}
