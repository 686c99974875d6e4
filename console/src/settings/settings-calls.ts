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
  readonly password_policy: {
    readonly hash: string;
    readonly max_bytes: number;
    readonly user_min_length: number;
    readonly admin_min_length: number;
  };
  readonly limits: {
    readonly failures_per_address_per_minute: number;
    readonly failures_per_account_per_minute: number;
    readonly failures_in_a_row_from_unfamiliar_addresses: number;
  };
  /** Seconds. */
  readonly lifetimes: {
    readonly admin_token: number;
    readonly access_token: number;
    readonly refresh_token: number;
    readonly refresh_grace: number;
    readonly session_max_age: number;
    readonly console_idle: number;
    readonly console_max_age: number;
    readonly audit_retention: number;
  };
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
