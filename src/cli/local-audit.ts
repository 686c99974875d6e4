/** The audit trail of the data folder. */

import { auditExportHeader, auditExportLine } from '../core/audit-fields.ts';
import type { OpenedSallyport } from './context.ts';
import type { AuditTarget } from './operator-target.ts';

/** Nothing happens then: that it is set is enough. */
const KEEP_ALIVE_MS = 60_000;

export function localAudit({ auditTrail, auditFeed, signInCounter }: OpenedSallyport): AuditTarget {
  return {
    lastId: () => auditTrail.lastId(),
    newest: (filter, count) => auditTrail.newest(filter, count),
    follow: async function* (filter, afterId, end) {
      // The feed keeps no process alive, and this one waits for nothing else.
      const alive = setInterval(() => undefined, KEEP_ALIVE_MS);
      try {
        for await (const { records } of auditFeed.follow(filter, afterId, end)) yield records;
      } finally {
        clearInterval(alive);
      }
    },
    export: async function* (filter, format) {
      yield auditExportHeader(format);
      for await (const record of auditTrail.between(filter)) yield auditExportLine(format, record);
    },
    countOverTime: async (period) => ({ ...(await signInCounter.count(period)), latency: null }),
  };
}
