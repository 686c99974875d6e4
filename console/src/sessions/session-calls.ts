/** The calls about sessions: those of people, and those of the console itself. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';
import type { AnswerOf, PageOf, Session } from '../api/types.ts';

const PATH = '/management/sessions';
const CONSOLE_PATH = '/management/console-sessions';

type ConsoleSessions = AnswerOf<'management_list_console_sessions'>;

export type ConsoleSessionItem = ConsoleSessions['items'][number];

/** Of everybody, the newest first, or of one user. */
export function useSessions(userId: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['sessions', 'people', userId ?? null],
    queryFn: ({ pageParam, signal }) =>
      call<PageOf<Session>>('GET', PATH, { query: { user_id: userId, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** All at once: there are at most twenty for each admin. */
export function useConsoleSessions() {
  return useInfiniteQuery({
    queryKey: ['sessions', 'console'],
    queryFn: async ({ signal }): Promise<PageOf<ConsoleSessionItem>> => {
      const { items } = await call<ConsoleSessions>('GET', CONSOLE_PATH, {
        signal,
      });
      return { items, next_cursor: null };
    },
    initialPageParam: null,
    getNextPageParam: () => null,
  });
}

export async function endSession(id: string): Promise<void> {
  await call('DELETE', `${PATH}/${encodeURIComponent(id)}`);
  await noteEnd();
}

export async function endConsoleSession(id: string): Promise<void> {
  await call('DELETE', `${CONSOLE_PATH}/${encodeURIComponent(id)}`);
  await noteEnd();
}

async function noteEnd(): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey }) => ['users', 'sessions', 'audit'].includes(String(queryKey[0])),
  });
}
