import type { IncomingMessage } from 'node:http';
import { CodedError } from '../runtime/errors.ts';
import type { BodyBudget } from './body-budget.ts';

export interface BodyReader {
  /** Largest body that is read, in bytes. */
  readonly limit: number;
  readonly budget: BodyBudget;
}

/**
 * The raw bytes of a request. `whenAnswered` is called with what gives their place in the budget back.
 *
 * @throws CodedError BODY_TOO_LARGE, OVERLOADED or REQUEST_MALFORMED
 */
export function readBody(
  payload: IncomingMessage,
  { limit, budget }: BodyReader,
  whenAnswered: (release: () => void) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isOver = false;
    const stop = (error: CodedError) => {
      if (isOver) return;
      isOver = true;
      payload.off('data', take);
      chunks.length = 0;
      held.release();
      reject(error);
    };
    const held = budget.open(() => stop(overloaded()));
    whenAnswered(held.release);

    function take(chunk: Buffer): void {
      size += chunk.length;
      if (size > limit) {
        stop(tooLarge(limit));
        return;
      }
      chunks.push(chunk);
      held.add(chunk.length);
    }
    payload.on('data', take);
    payload.once('end', () => {
      if (isOver) return;
      isOver = true;
      held.complete();
      const [first] = chunks;
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks));
    });
    const brokeOff = (cause?: unknown) =>
      new CodedError('REQUEST_MALFORMED', 'it broke off in the middle', { cause });
    payload.once('error', (cause) => stop(brokeOff(cause)));
    payload.once('close', () => {
      // After a whole request, too.
      if (!isOver) stop(brokeOff());
    });
  });
}

export function tooLarge(limit: number): CodedError {
  return new CodedError('BODY_TOO_LARGE', `${limit} bytes (raise BODY_LIMIT, or push less at once)`);
}

export function overloaded(): CodedError {
  return new CodedError('OVERLOADED');
}
