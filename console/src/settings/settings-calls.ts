/** The calls about what the server runs with. */

import { useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';

const PATH = '/management/settings';
const KEY = ['settings'];

export interface AuthState {
  readonly enabled: boolean;
  readonly version: number;
}

export interface Setting {
  readonly name: string;
  /** `(set)` stands for a secret; null for none. */
  readonly value: string | null;
  readonly is_default: boolean;
  readonly meaning: string;
}

export interface ProviderState {
  readonly state: 'not_tried' | 'reachable' | 'unreachable';
  readonly tried_at: string | null;
  /** What went wrong, for operators. */
  readonly detail: string | null;
}

export interface Provider extends ProviderState {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
}

export interface Settings {
  readonly auth: AuthState;
  readonly settings: readonly Setting[];
  readonly providers: readonly Provider[];
}

export function useSettings() {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => call<Settings>('GET', PATH, { signal }),
  });
}

export async function switchAuth({ version }: AuthState, enabled: boolean): Promise<void> {
  await call('PUT', `${PATH}/auth`, { body: { enabled }, version });
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
