/**
 * What PostgreSQL's refusals mean here. The rest of a class of faults is that of its first two
 * characters (PostgreSQL documentation, appendix A).
 */

import { DatabaseError } from 'pg';
import { SallyportError } from '../core/errors.ts';

/** Two transactions were in each other's way; the one that was refused may try again. */
const CONFLICTS = new Set(['40001', '40P01']);
/** Waited too long for others: a lock, a statement, a connection of the server. */
const BUSY = new Set([...CONFLICTS, '55P03', '57014', '53300']);
/**
 * The server cannot be used, or not by us: connection, resources, shutdown, system, corruption,
 * authorization, no such database; and a standby, which takes no writes.
 */
const UNAVAILABLE = /^(08|53|57P|58|XX|28|3D|25006|25P0[34]|42501)/;

/** Why the connection itself failed; never an answer of the server to a statement. */
export class ConnectionFault extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error && cause.message !== '' ? cause.message : firstReason(cause));
    this.name = 'ConnectionFault';
    this.cause = cause;
  }
}

/** A host with several addresses fails with one error for each, and no words of its own. */
function firstReason(cause: unknown): string {
  if (cause instanceof AggregateError) return String(cause.errors[0]?.message ?? 'no connection');
  return 'the connection was lost';
}

/** What the driver threw: the server's own answer as it is, all else as a fault of the connection. */
export function asAnswerOrFault(error: unknown): unknown {
  return error instanceof DatabaseError ? error : new ConnectionFault(error);
}

export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && CONFLICTS.has(error.code ?? '');
}

/** Faults of the database are refusals; anything else is a bug and stays itself. */
export function toStorageError(error: unknown): unknown {
  if (error instanceof ConnectionFault) return new SallyportError('storage_unavailable', {}, error);
  if (!(error instanceof DatabaseError)) return error;
  const code = error.code ?? '';
  if (BUSY.has(code)) return storageBusy(error);
  if (UNAVAILABLE.test(code)) return new SallyportError('storage_unavailable', {}, error);
  return error;
}

export function storageBusy(cause?: unknown): SallyportError {
  return new SallyportError('storage_busy', { retryAfterSeconds: 1 }, cause);
}
