/** The calls about access tokens, and what of the kept answers each of them makes old. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';
import type { AnswerOf, BodyOf, PageOf } from '../api/types.ts';

const PATH = '/management/access-tokens';
const KEY = 'access-tokens';

export type AccessToken = AnswerOf<'management_get_access_token'>;

/** With its value, which no later answer has. */
export type NewAccessToken = AnswerOf<'management_create_access_token'>;

export type TokenFilters = Partial<Record<'prefix' | 'state' | 'sort', string>>;

export function useAccessTokens(filters: TokenFilters) {
  return useInfiniteQuery({
    queryKey: [KEY, 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      call<PageOf<AccessToken>>('GET', PATH, { query: { ...filters, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useAccessToken(id: number) {
  return useQuery({
    queryKey: [KEY, 'one', id],
    queryFn: ({ signal }) => call<AccessToken>('GET', pathOf(id), { signal }),
    // What is no number is in no address that this console makes.
    enabled: Number.isInteger(id),
  });
}

export async function createToken(
  body: BodyOf<'management_create_access_token'>,
): Promise<NewAccessToken> {
  const token = await call<NewAccessToken>('POST', PATH, { body });
  await noteChange();
  return token;
}

export async function changeToken(
  { id, version }: AccessToken,
  body: BodyOf<'management_change_access_token'>,
): Promise<void> {
  await call('PATCH', pathOf(id), { body, version });
  await noteChange();
}

export async function rotateToken(
  { id, version }: AccessToken,
  overlapSeconds: number,
): Promise<NewAccessToken> {
  const body = { overlap_seconds: overlapSeconds };
  const token = await call<NewAccessToken>('POST', `${pathOf(id)}/rotation`, { body, version });
  await noteChange();
  return token;
}

export async function endOverlap({ id, version }: AccessToken): Promise<void> {
  await call('DELETE', `${pathOf(id)}/previous`, { version });
  await noteChange();
}

/** `leave` is called before what is shown of the token would be asked for again. */
export async function deleteToken({ id, version }: AccessToken, leave: () => void): Promise<void> {
  await call('DELETE', pathOf(id), { version });
  leave();
  queryClient.removeQueries({ queryKey: [KEY, 'one', id] });
  await noteChange();
}

function pathOf(id: number): string {
  return `${PATH}/${id}`;
}

/** Not by itself every few seconds: that would keep a console that nobody is at signed in. */
export async function lookAgain({ id }: AccessToken): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: [KEY, 'one', id] });
}

async function noteChange(): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey }) => [KEY, 'audit', 'stats'].includes(String(queryKey[0])),
  });
}
