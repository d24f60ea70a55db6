import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiFailure, isPassing } from './failure.ts';
import { sessionQuery } from './queries.ts';

/** How long an answer counts as fresh, in milliseconds; live updates say earlier when it is not. */
const freshMs = 10_000;

export function createQueryClient(): QueryClient {
  // A sign-in that has ended shows in any answer: then the page asks where it stands.
  const onError = (error: unknown) => {
    if (error instanceof ApiFailure && error.isClosed) void client.invalidateQueries(sessionQuery);
  };
  const isSession = (key: readonly unknown[]) => key[0] === sessionQuery.queryKey[0];
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, { queryKey }) => isSession(queryKey) || onError(error) }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: freshMs,
        retry: (failures, error) => failures < 2 && isPassing(error),
        // A service on this machine answers whatever the browser thinks of the network.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}
