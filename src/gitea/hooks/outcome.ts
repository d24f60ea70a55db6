import { createAtMost } from '../../runtime/at-most.ts';
import { CodedError, messageOf } from '../../runtime/errors.ts';
import { GiteaError } from '../errors.ts';
import { type HookTarget, nameOf } from './target.ts';

/** What became of one place. */
export interface HookOutcome {
  /** The repository or place. */
  readonly target: string;
  readonly result:
    | 'created'
    | 'changed'
    | 'unchanged'
    | 'removed'
    | 'rotated'
    | 'tested'
    | 'skipped'
    | 'failed';
  readonly hookId: number | null;
  /** What else there is to say, or "". */
  readonly detail: string;
}

export interface EachOptions {
  readonly signal?: AbortSignal;
  /** Called after each, with how many are done. */
  readonly onDone?: (done: number) => void;
}

/** So many places are worked on at once; the client bounds the requests. */
const placesAtOnce = 8;

/**
 * Does the work for every target, several at once, and keeps their order. What fails is an outcome of that target, and
 * the others go on; but where the token is refused or nobody answers, it would be the same for all of them.
 */
export async function forEachTarget(
  targets: readonly HookTarget[],
  work: (target: HookTarget) => Promise<Omit<HookOutcome, 'target'>>,
  { signal, onDone }: EachOptions = {},
): Promise<HookOutcome[]> {
  const atMost = createAtMost(placesAtOnce);
  let hopeless: string | null = null;
  let done = 0;
  return Promise.all(
    targets.map((target) =>
      atMost(async (): Promise<HookOutcome> => {
        signal?.throwIfAborted();
        if (hopeless !== null) return failed(nameOf(target), `not tried: ${hopeless}`);
        try {
          return { target: nameOf(target), ...(await work(target)) };
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
          if (error instanceof GiteaError && isHopeless(error)) hopeless = messageOf(error);
          return failed(nameOf(target), messageOf(error));
        } finally {
          done++;
          onDone?.(done);
        }
      }),
    ),
  );
}

export function failed(target: string, detail: string): HookOutcome {
  return { target, result: 'failed', hookId: null, detail };
}

function isHopeless({ reason }: GiteaError): boolean {
  return reason === 'unauthorized' || reason === 'unreachable' || reason === 'redirected';
}
