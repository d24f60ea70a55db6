import type { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import {
  type GiteaAnswer,
  GiteaClient,
  type GiteaClientOptions,
  type GiteaMethod,
  type GiteaRequest,
} from '../client.ts';

export interface Pace {
  /** Requests, at most. */
  readonly perSecond: number;
  readonly clock: Clock;
  /** Ends every request, and every wait for one. */
  readonly signal: AbortSignal;
}

/** A client that leaves Gitea time between two requests: what nobody waits for must not slow down what somebody does. */
export class PacedGiteaClient extends GiteaClient {
  readonly #pace: Pace;
  /** When the next request may begin, in milliseconds of the clock. */
  #nextAt = 0;

  constructor(options: GiteaClientOptions, pace: Pace) {
    super({ ...options, clock: pace.clock });
    this.#pace = pace;
  }

  override async request<T>(
    method: GiteaMethod,
    path: string,
    schema: z.ZodType<T>,
    request: GiteaRequest = {},
  ): Promise<GiteaAnswer<T>> {
    const { perSecond, clock, signal } = this.#pace;
    const now = clock.now().getTime();
    const startAt = Math.max(now, this.#nextAt);
    this.#nextAt = startAt + 1_000 / perSecond;
    if (startAt > now) await clock.sleep(startAt - now, signal);
    return super.request(method, path, schema, { signal, ...request });
  }
}
