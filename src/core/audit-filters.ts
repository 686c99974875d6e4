/** Which events of the audit trail are asked for. What is absent matches all. */

import type { Actor, SecurityEventName } from './events.ts';
import type { AuditRecord } from './repository.ts';

export const ACTOR_KINDS = [
  'admin',
  'user',
  'access_token',
  'operator',
  'server',
  'anonymous',
] as const satisfies readonly Actor['kind'][];

export interface AuditFilter {
  readonly name?: SecurityEventName;
  /** A user's id, or `admin` for the built-in admin. */
  readonly subject?: string;
  readonly actorKind?: Actor['kind'];
  readonly actorId?: string;
  readonly sessionId?: string;
  readonly accessTokenId?: number;
  /** In its canonical form. */
  readonly address?: string;
  /** From this time on. */
  readonly sinceMs?: number;
  /** Before this time. */
  readonly untilMs?: number;
}

/** The same as the database decides. */
export function matchesAuditFilter(record: AuditRecord, filter: AuditFilter): boolean {
  const { sinceMs, untilMs, ...exact } = filter;
  if (sinceMs !== undefined && record.atMs < sinceMs) return false;
  if (untilMs !== undefined && record.atMs >= untilMs) return false;
  return Object.entries(exact).every(
    ([field, wanted]) => wanted === undefined || record[field as keyof AuditRecord] === wanted,
  );
}
