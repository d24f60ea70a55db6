import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { StoreClient } from './store-client.ts';

export interface ReadLimits {
  /** After so many milliseconds the read has failed. */
  readonly deadlineMs: number;
  /** Ends the read early, which is no failure. */
  readonly stop?: AbortSignal;
}

/**
 * Reads until `take` has had enough, or the log has no more, or the signal aborts, and says which. The server goes on
 * searching the log after the last event that was asked for, so we cancel the call and do not wait for its end.
 *
 * @param take returns false when it wants no more
 * @throws ServiceError, and whatever `take` throws
 */
export async function readUntil(
  client: StoreClient,
  request: ReadReq,
  { deadlineMs, stop }: ReadLimits,
  take: (answer: ReadResp) => boolean,
): Promise<'enough' | 'end' | 'stopped'> {
  const call = await client.read(request, deadlineMs);
  try {
    return await new Promise((resolve, reject) => {
      call.on('data', (answer: ReadResp) => {
        try {
          if (!take(answer)) resolve('enough');
        } catch (error) {
          reject(error);
        }
      });
      call.on('end', () => resolve('end'));
      call.on('error', reject);
      const onAbort = () => resolve('stopped');
      stop?.addEventListener('abort', onAbort, { once: true });
      if (stop?.aborted) onAbort();
    });
  } finally {
    call.removeAllListeners('data');
    call.cancel();
  }
}
