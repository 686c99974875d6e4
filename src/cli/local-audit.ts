/** The audit trail of the data folder. */

import { auditExportHeader, auditExportLine } from '../core/audit-fields.ts';
import type { OpenedSallyport } from './context.ts';
import type { AuditTarget } from './operator-target.ts';

export function localAudit({ auditTrail, auditFeed, signInCounter }: OpenedSallyport): AuditTarget {
  return {
    lastId: () => auditTrail.lastId(),
    newest: (filter, count) => auditTrail.newest(filter, count),
    follow: async function* (filter, afterId, end) {
      for await (const { records } of auditFeed.follow(filter, afterId, end)) yield records;
    },
    export: async function* (filter, format) {
      yield auditExportHeader(format);
      for await (const record of auditTrail.between(filter)) yield auditExportLine(format, record);
    },
    countOverTime: async (period) => ({ ...(await signInCounter.count(period)), latency: null }),
  };
}
