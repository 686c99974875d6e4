/** The calls about users, and what of the kept answers each of them makes old. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';
import type { AnswerOf, BodyOf, PageOf, User } from '../api/types.ts';

const PATH = '/management/users';
const KEY = 'users';

export type UserFilters = Partial<Record<'prefix' | 'role' | 'enabled' | 'sort', string>>;

export function useUsers(filters: UserFilters) {
  return useInfiniteQuery({
    queryKey: [KEY, 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      call<PageOf<User>>('GET', PATH, { query: { ...filters, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useUser(id: number) {
  return useQuery({
    queryKey: [KEY, 'one', id],
    queryFn: ({ signal }) => getUser(id, signal),
    // What is no number is in no address that this console makes.
    enabled: Number.isInteger(id),
  });
}

export function getUser(id: number, signal?: AbortSignal): Promise<User> {
  return call<User>('GET', pathOf(id), signal && { signal });
}

const SEARCH_LIMIT = 20;

/** The first few whose names begin like this. */
export function useUserSearch(prefix: string) {
  return useQuery({
    queryKey: [KEY, 'search', prefix],
    queryFn: ({ signal }) =>
      call<PageOf<User>>('GET', PATH, {
        query: { prefix, sort: 'username', limit: SEARCH_LIMIT },
        signal,
      }),
  });
}

export async function createUser(body: BodyOf<'management_create_user'>): Promise<User> {
  const user = await call<User>('POST', PATH, { body });
  await noteChange();
  return user;
}

export async function changeUser(
  { id, version }: User,
  body: BodyOf<'management_change_user'>,
): Promise<AnswerOf<'management_change_user'>> {
  const changed = await call<AnswerOf<'management_change_user'>>('PATCH', pathOf(id), {
    body,
    version,
  });
  await noteChange();
  return changed;
}

/** `leave` is called before what is shown of the user would be asked for again. */
export async function deleteUser({ id, version }: User, leave: () => void): Promise<void> {
  await call('DELETE', pathOf(id), { version });
  leave();
  queryClient.removeQueries({ queryKey: [KEY, 'one', id] });
  await noteChange();
}

export async function endSessionsOf({ id }: User): Promise<number> {
  const path = `${pathOf(id)}/sessions`;
  const answer = await call<AnswerOf<'management_end_sessions_of_user'>>('DELETE', path);
  await noteChange();
  return answer.ended_sessions;
}

/** `password` only where the server made it, this once. */
type PasswordChange = AnswerOf<'management_set_password'>;

/**
 * Without a password the server makes one. `beforeOthers` is waited for before anything else is
 * asked of the server: one's own new password has just ended the session.
 */
export async function setPassword(
  { id, version }: User,
  password: string | null,
  beforeOthers?: () => Promise<void>,
): Promise<PasswordChange> {
  const body = password === null ? {} : { password };
  const path = `${pathOf(id)}/password`;
  const changed = await call<PasswordChange>('PUT', path, { body, version });
  await beforeOthers?.();
  await noteChange();
  return changed;
}

function pathOf(id: number): string {
  return `${PATH}/${id}`;
}

/** Sessions end with many changes of a user, and each of them is in the audit trail. */
async function noteChange(): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey }) => [KEY, 'sessions', 'audit'].includes(String(queryKey[0])),
  });
}
