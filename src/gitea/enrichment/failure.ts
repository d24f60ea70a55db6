import { getVersion } from '../api/version.ts';
import type { GiteaClient } from '../client.ts';
import { GiteaError } from '../errors.ts';

/**
 * Whether a failure is the server's, so that no other push would fare better: then all of them wait, and it counts
 * against none. What may be one repository's own (a history that takes too long to count) is told apart by asking for
 * something that costs nothing.
 */
export async function isServersOwn(client: GiteaClient, error: unknown): Promise<boolean> {
  if (!(error instanceof GiteaError)) return false;
  switch (error.reason) {
    case 'unauthorized':
    case 'rate-limited':
    case 'not-json':
    case 'unreachable':
      return true;
    case 'timed-out':
    case 'server-error':
      return getVersion(client).then(
        () => false,
        () => true,
      );
    default:
      return false;
  }
}
