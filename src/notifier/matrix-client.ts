import type { MatrixClient } from 'matrix-js-sdk';

export interface MatrixAccount {
  readonly homeserverUrl: string;
  readonly accessToken: string;
}

export interface ConnectOptions extends MatrixAccount {
  /** A request without an answer by then is given up, its outcome unknown; in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Abandons every request when it aborts. */
  readonly signal: AbortSignal;
}

const quietLogger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  getChild: () => quietLogger,
};

/**
 * A client that sends one request per call and throws what went wrong; waiting and trying again is ours. (The one
 * of `createClient` has a queue of its own that gives messages up.) It never syncs and never logs in: the device,
 * for which the homeserver remembers transaction ids, is the access token's.
 *
 * The SDK takes some 30 MB, so it is loaded when the first message goes to Matrix, and not before.
 *
 * @throws the SDK's MatrixError, HTTPError or ConnectionError when the account cannot be asked who it is
 */
export async function connectMatrix(options: ConnectOptions): Promise<MatrixClient> {
  const sdk = await import('matrix-js-sdk');
  // Parts of the SDK log by this one, whatever logger a client has.
  const { logger } = await import('matrix-js-sdk/lib/logger.js');
  if ('setLevel' in logger && typeof logger.setLevel === 'function') logger.setLevel('silent');

  const settings = {
    baseUrl: options.homeserverUrl,
    accessToken: options.accessToken,
    logger: quietLogger,
    disableVoip: true,
    fetchFn: boundedFetch(options),
  };
  const { user_id: userId, device_id: deviceId } = await new sdk.MatrixClient(settings).whoami();
  return new sdk.MatrixClient({ ...settings, userId, ...(deviceId !== undefined && { deviceId }) });
}

/** The SDK's own time-out keeps the process alive; a signal's does not. */
function boundedFetch({ requestTimeoutMs, signal }: ConnectOptions): typeof fetch {
  return async (input, init) => {
    const signals = [signal, AbortSignal.timeout(requestTimeoutMs), ...(init?.signal ? [init.signal] : [])];
    // Followed, it would carry the message, and maybe the token, to another place.
    const response = await fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) });
    if (response.status < 300 || response.status >= 400) return response;
    await response.body?.cancel();
    throw new Error(`HTTP ${response.status}: it redirects; set MATRIX_HOMESERVER_URL to the final address`);
  };
}
