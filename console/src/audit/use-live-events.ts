/** The newest events for a page: as many as it can show, and how the connection is. */

import { useEffect, useState } from 'react';
import { writeQuery } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';
import type { AuditEvent, AuditFilters } from './audit-calls.ts';
import { openTail, type TailStatus } from './live-tail.ts';

/** More than anybody reads; the list has the others. */
export const MAX_LIVE_EVENTS = 300;

const STREAM_PATH = '/management/audit-events/stream';

export interface LiveEvents {
  /** Newest first. */
  readonly events: readonly AuditEvent[];
  /** Whether older ones were let go, so that the list below does not join. */
  readonly isCut: boolean;
  /** Null while it is switched off. */
  readonly status: TailStatus | null;
}

const NONE = { events: [], isCut: false } as const;

/** Null for `filters` switches it off. */
export function useLiveEvents(filters: AuditFilters | null): LiveEvents {
  const [kept, setKept] = useState<Omit<LiveEvents, 'status'>>(NONE);
  const [status, setStatus] = useState<TailStatus | null>(null);
  const url = filters === null ? null : `${STREAM_PATH}${writeQuery(filters)}`;
  useEffect(() => {
    setKept(NONE);
    if (url === null) {
      setStatus(null);
      return;
    }
    return openTail(url, {
      onStatus: (next) => {
        setStatus(next);
        // What came in while nobody listened is in the list, which is asked for anew.
        if (next.kind === 'live') void queryClient.invalidateQueries({ queryKey: ['audit'] });
      },
      onEvents: (events) => setKept((former) => keep(former, events)),
    });
  }, [url]);
  return { ...kept, status };
}

function keep(former: Omit<LiveEvents, 'status'>, arrived: readonly AuditEvent[]) {
  const newestId = former.events[0]?.id ?? 0;
  // After a break the server may say the last ones again.
  const fresh = arrived.filter(({ id }) => id > newestId).reverse();
  const events = [...fresh, ...former.events];
  const isCut = former.isCut || events.length > MAX_LIVE_EVENTS;
  return { events: events.slice(0, MAX_LIVE_EVENTS), isCut };
}
