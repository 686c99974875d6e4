/** The calls about the audit trail. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import type { PageOf } from '../api/types.ts';

const PATH = '/management/audit-events';

export interface AuditEvent {
  readonly id: number;
  readonly at: string;
  /** A stable name such as `session.signed_in`. */
  readonly event: string;
  readonly actor_kind: 'admin' | 'user' | 'access_token' | 'operator' | 'server' | 'anonymous';
  readonly actor_id: string | null;
  /** The id of a user, or `admin`. */
  readonly subject: string | null;
  readonly session_id: string | null;
  readonly access_token_id: number | null;
  readonly name_hash: string | null;
  readonly reason: string | null;
  readonly ended_sessions: number | null;
  readonly address: string | null;
  readonly request_id: string | null;
  readonly user_agent: string | null;
}

export type AuditFilters = Partial<
  Record<
    | 'event'
    | 'subject'
    | 'actor_kind'
    | 'actor_id'
    | 'session_id'
    | 'access_token_id'
    | 'address'
    | 'since'
    | 'until'
    | 'order',
    string
  >
>;

export function useAuditEvents(filters: AuditFilters, limit?: number) {
  return useInfiniteQuery({
    queryKey: ['audit', 'list', filters, limit ?? null],
    queryFn: ({ pageParam, signal }) =>
      call<PageOf<AuditEvent>>('GET', PATH, {
        query: { ...filters, limit, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}
