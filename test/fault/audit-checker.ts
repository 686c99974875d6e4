/**
 * What no audit trail may show after a kill: an acknowledged change without its row, a row that
 * nobody asked for, a row that has changed, or an id that was given twice.
 */

import type { SecurityEventName } from '../../src/core/events.ts';
import { sqlIn } from '../support/test-database.ts';
import { type History, isAcknowledged, type OperationCall } from './history.ts';

export interface TrailRow {
  readonly id: number;
  readonly name: string;
  readonly accessTokenId: number | null;
  /** The whole row as text. */
  readonly content: string;
}

/** The events that an acknowledged call has left, one for each time. */
const EVENTS_OF: Partial<Record<OperationCall, readonly SecurityEventName[]>> = {
  refresh: ['session.refreshed', 'session.refresh_retried'],
  logout: ['session.ended'],
  create: ['access_token.created'],
  rotate: ['access_token.rotated'],
  delete: ['access_token.deleted'],
  reset_password: ['admin.password_reset'],
  admin_login: ['admin.signed_in'],
};

export async function readTrail(folder: string): Promise<TrailRow[]> {
  return trailRows(await sqlIn(folder, READ_TRAIL));
}

export const READ_TRAIL = 'select * from audit_events order by id';

export function trailRows(rows: readonly object[]): TrailRow[] {
  return (rows as { id: number; name: string; access_token_id: number | null }[]).map((row) => ({
    id: row.id,
    name: row.name,
    accessTokenId: row.access_token_id,
    content: JSON.stringify(row),
  }));
}

/** One line for each fault of the trail after a round, given the trail before it. */
export function findAuditViolations(
  history: History,
  before: readonly TrailRow[],
  after: readonly TrailRow[],
  createdIds: readonly number[],
): string[] {
  const entered = after.slice(before.length);
  const counted = (Object.keys(EVENTS_OF) as OperationCall[]).flatMap((call) =>
    findMiscounts(call, history, entered),
  );
  const unaudited = createdIds.filter(
    (id) => !entered.some((row) => row.name === 'access_token.created' && row.accessTokenId === id),
  );
  return [
    ...counted,
    ...unaudited.map((id) => `access token ${id} was created without a row`),
    ...before
      .filter((row, index) => after[index]?.content !== row.content)
      .map((row) => `row ${row.id} was changed or is gone`),
    ...after
      .filter((row, index) => index > 0 && row.id <= (after[index - 1]?.id ?? 0))
      .map((row) => `id ${row.id} was given twice`),
  ];
}

/** Every acknowledged call has its row; one without an answer may have it. */
function findMiscounts(
  call: OperationCall,
  { operations }: History,
  entered: readonly TrailRow[],
): string[] {
  const names: readonly string[] = EVENTS_OF[call] ?? [];
  const rows = entered.filter((row) => names.includes(row.name)).length;
  const calls = operations.filter((one) => one.call === call);
  const acknowledged = calls.filter(isAcknowledged).length;
  const possible = acknowledged + calls.filter((one) => one.end === null).length;
  const said = `${acknowledged} to ${possible} times ${call}, but ${rows} rows of it`;
  return rows < acknowledged || rows > possible ? [said] : [];
}
