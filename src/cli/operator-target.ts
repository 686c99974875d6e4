/**
 * What commands do, wherever it is done: in the data folder of this machine, or on a server by
 * HTTP. A command is written once against this and does not know which it has. What both refuse
 * in the same way is a SallyportError; what only one of them can meet is a CommandFailure.
 */

import type { AccessTokenFilter, AccessTokenState } from '../core/access-token-listings.ts';
import type { AccessTokenSort, PreviousTokenValue } from '../core/access-token-repository.ts';
import type { AuditExportFormat } from '../core/audit-fields.ts';
import type { AuditFilter } from '../core/audit-filters.ts';
import type { TransferFormat } from '../core/import-lines.ts';
import type { Counts, ManagedSession } from '../core/operations-repository.ts';
import type { PermissionName } from '../core/permissions.ts';
import type { ProviderState } from '../core/provider-probes.ts';
import type { AuditRecord, UserRecord, UserRole } from '../core/repository.ts';
import type { SeriesPeriod, SignInSeries } from '../core/sign-in-series.ts';
import type { ImportOptions, LineReport } from '../core/user-imports.ts';
import type { ConfigLine } from './context.ts';

export interface OperatorTarget {
  /** For sentences: `in /srv/data`, or `at https://auth.example.com`. */
  readonly place: string;
  readonly tokens: TokenTarget;
  readonly auth: AuthTarget;
  readonly users: UserTarget;
  readonly sessions: SessionTarget;
  readonly transfers: TransferTarget;
  readonly audit: AuditTarget;
  readonly providers: ProviderTarget;
  countEverything(): Promise<Counts>;
  readSettings(): Promise<{ lines: readonly ConfigLine[]; isAuthEnabled: boolean }>;
}

export interface TokenTarget {
  create(input: NewTokenInput): Promise<CreatedToken>;
  /** In the order of `sort`, by id unless it says another; in any state unless `state` says one. */
  list(wanted: { state?: AccessTokenFilter; sort?: AccessTokenSort }): AsyncIterable<ListedToken>;
  find(id: number): Promise<ListedToken | null>;
  /**
   * With 0 the old value is dead at once.
   * @throws SallyportError `access_token_not_found`, `access_token_expired`,
   * `access_token_suspended`
   */
  rotate(id: number, overlapSeconds: number): Promise<CreatedToken>;
  /** Changes nothing when there is none. @throws SallyportError `access_token_not_found` */
  endOverlap(id: number): Promise<ListedToken>;
  /** @throws SallyportError `access_token_not_found` */
  edit(id: number, texts: { name?: string; description?: string }): Promise<ListedToken>;
  /** @throws SallyportError `access_token_not_found` */
  delete(id: number): Promise<void>;
}

export interface AuthTarget {
  isEnabled(): Promise<boolean>;
  /** Gives the state after it. */
  set(isEnabled: boolean): Promise<boolean>;
}

/** @throws CommandFailure `user_not_found`, `last_admin`, `permission_denied` where one is changed */
export interface UserTarget {
  /** All by id. */
  list(): AsyncIterable<UserRecord>;
  findById(id: number): Promise<TargetUser | null>;
  /** Upper and lower case are the same. */
  findByName(username: string): Promise<TargetUser | null>;
  /** Completes "There is no user …" where some cannot be seen; empty otherwise. */
  readonly blindSpot: string;
  /** @throws SallyportError `username_rejected`, `password_rejected`, `username_taken` */
  add(input: { username: string; password: string; role: UserRole }): Promise<UserRecord>;
  /** Null for a password that is made where the user is, and given out this once. */
  setPassword(id: number, password: string | null): Promise<SetPassword>;
  /** Gives how many sessions it has ended. */
  setEnabled(id: number, isEnabled: boolean): Promise<number>;
  setRole(id: number, role: UserRole): Promise<void>;
  /** Gives how many sessions it has ended. */
  delete(id: number): Promise<number>;
  /** Gives how many. */
  endSessions(id: number): Promise<number>;
}

export interface SetPassword {
  readonly endedSessions: number;
  /** The one that was made; null for a given one. */
  readonly generated: string | null;
}

export interface ProviderTarget {
  /** In the order in which people are offered them. */
  list(): Promise<readonly ProviderState[]>;
  test(provider: ProviderState): Promise<ProviderState>;
}

/** Of an application, or of the console, whose last use is then what `refreshedAtMs` says. */
export type ListedSession = Omit<ManagedSession, 'userId'> & {
  readonly kind: 'application' | 'console';
  /** Null for the built-in admin. */
  readonly userId: number | null;
};

export interface SessionTarget {
  /** Live ones, the newest first, those of the console after the others; of one user, or of all. */
  list(userId: number | null): AsyncIterable<ListedSession>;
  /** False when there is no live session with this id. */
  end(sessionId: string): Promise<boolean>;
}

/** Many users at once, in and out. */
export interface TransferTarget {
  /** Reports come a batch at a time; who stops asking stops the import behind one. */
  importUsers(
    pieces: AsyncIterable<Uint8Array>,
    format: TransferFormat,
    options: ImportOptions,
  ): AsyncIterable<readonly LineReport[]>;
  /** The text of an export, in pieces. */
  exportUsers(format: TransferFormat): AsyncIterable<string>;
}

export interface AuditTarget {
  /** Of the newest event that everybody can read; zero when there is none. */
  lastId(): Promise<number>;
  /** The newest that match, oldest of them first. */
  newest(filter: AuditFilter, count: number): Promise<AuditRecord[]>;
  /** What comes in after that id, until `end` is aborted. */
  follow(
    filter: AuditFilter,
    afterId: number,
    end: AbortSignal,
  ): AsyncIterable<readonly AuditRecord[]>;
  /** All that match by time, as text. */
  export(filter: AuditFilter, format: AuditExportFormat): AsyncIterable<string>;
  countOverTime(period: SeriesPeriod): Promise<FiguresOverTime>;
}

/** Null where no server was asked. */
export type FiguresOverTime = SignInSeries & { readonly latency: LatencyFigures | null };

export interface LatencyFigures {
  readonly serverId: string;
  readonly sinceMs: number;
  readonly buckets: readonly {
    readonly atMs: number;
    readonly requests: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  }[];
}

export type TargetUser = UserRecord & { readonly liveSessions: number };

export interface NewTokenInput {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly PermissionName[];
  /** Null for one that does not expire. */
  readonly expiresInSeconds: number | null;
}

export interface ListedToken {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** In the form of contract 1: `read,write,admin`. */
  readonly permission: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** Of its present value; null for never. */
  readonly lastUsedAtMs: number | null;
  /** Since when it has its present value; null for its first one. */
  readonly rotatedAtMs: number | null;
  readonly state: AccessTokenState;
  /** It waits to be accepted after a restore. */
  readonly isSuspended: boolean;
  /** Its old value, while that works too. */
  readonly previous: PreviousTokenValue | null;
  readonly version: number;
}

/** With the raw value, which is given out this once. */
export type CreatedToken = ListedToken & { readonly raw: string };
