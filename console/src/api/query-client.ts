/** What has been asked of the server is kept here, so that pages share it and know when it is old. */

import { QueryClient } from '@tanstack/react-query';
import { NO_ANSWER, Problem } from './problem.ts';

export const SESSION_KEY = ['console', 'session'];

const STALE_AFTER_MS = 15_000;
const MAX_RETRIES = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_AFTER_MS,
      // What was refused is refused again; what was too busy or away may come back.
      retry: (failures, error) => failures < MAX_RETRIES && isPassing(error),
    },
    mutations: { retry: false },
  },
});

function isPassing(error: unknown): boolean {
  return error instanceof Problem && (error.status === NO_ANSWER || error.status === 503);
}

/**
 * The session has ended: the next paint is the sign-in, at the same address, so that it leads back.
 * What others may see is forgotten: somebody else may sign in.
 */
export function noteSignedOut(): void {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
  queryClient.setQueryData(SESSION_KEY, null);
}
