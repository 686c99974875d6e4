/** The calls about the audit trail. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import type { AnswerOf, PageOf } from '../api/types.ts';

const PATH = '/management/audit-events';

export type AuditEvent = AnswerOf<'management_list_audit_events'>['items'][number];

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
