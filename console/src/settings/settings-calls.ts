/** The calls about what the server runs with. */

import { useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';
import type { AnswerOf, BodyOf } from '../api/types.ts';

const PATH = '/management/settings';
const KEY = ['settings'];

export type Settings = AnswerOf<'management_settings'>;
export type AuthState = Settings['auth'];
export type Setting = Settings['settings'][number];
export type Provider = Settings['providers'][number];
type ProviderState = AnswerOf<'management_test_provider'>;

export function useSettings() {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => call<Settings>('GET', PATH, { signal }),
  });
}

export async function switchAuth({ version }: AuthState, enabled: boolean): Promise<void> {
  const body: BodyOf<'management_set_auth'> = { enabled };
  await call('PUT', `${PATH}/auth`, { body, version });
  await queryClient.invalidateQueries({
    predicate: ({ queryKey }) => [KEY[0], 'stats', 'audit'].includes(String(queryKey[0])),
  });
}

/** Its answer may take as long as the provider lets the server wait. */
export async function testProvider(id: string): Promise<ProviderState> {
  const path = `/management/providers/${encodeURIComponent(id)}/test`;
  const state = await call<ProviderState>('POST', path);
  await queryClient.invalidateQueries({ queryKey: KEY });
  return state;
}
