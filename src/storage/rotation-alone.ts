/**
 * A refresh token rotation in one statement, for PostgreSQL: the session held, moved and entered
 * into the audit trail, committed in one round trip. It says the same as the first branch of
 * `rotateRefreshToken`, which runs where this finds no session to move; the conformance suite and
 * the model run both.
 */

import { type Compilable, sql } from 'kysely';
import type { NewRow } from './audit-transitions.ts';
import { statement } from './transition.ts';

interface Rotation extends Omit<NewRow, 'atMs' | 'onceKey'> {
  /** Milliseconds; null for the database's own time. */
  clockMs: number | null;
  generation: number;
  accessTtlSeconds: number;
  refreshTtlSeconds: number;
  maxAgeSeconds: number;
}

/** What the tokens of a session are made of. */
export interface MovedSession {
  user_id: number;
  username: string;
  role_issued: 'ADMIN' | 'STANDARD';
  generation: number;
  rotated_at_ms: number;
  access_expires_at_s: number;
  refresh_expires_at_s: number;
}

/** A session that is moved, or no row: ended, expired, of a disabled user, or another generation. */
export const rotateAlone = statement<Rotation>()((db, p): Compilable<MovedSession> => {
  const query = sql<MovedSession>`
    with held as (
      select sessions.id, sessions.created_at_ms, sessions.refresh_expires_at_s,
        users.username, users.role,
        coalesce(
          ${p.clockMs}::bigint,
          floor(extract(epoch from clock_timestamp()) * 1000)::bigint
        ) as now_ms
      from sessions join users on users.id = sessions.user_id
      where sessions.id = ${p.sessionId} and sessions.generation = ${p.generation}
        and sessions.ended_at_ms is null and users.is_enabled = 1
      for no key update of sessions
    ), moved as (
      update sessions set
        generation = generation + 1,
        role_issued = held.role,
        rotated_at_ms = held.now_ms,
        access_expires_at_s = least(
          held.now_ms / 1000 + ${p.accessTtlSeconds}::bigint,
          held.created_at_ms / 1000 + ${p.maxAgeSeconds}::bigint
        ),
        refresh_expires_at_s = least(
          held.now_ms / 1000 + ${p.refreshTtlSeconds}::bigint,
          held.created_at_ms / 1000 + ${p.maxAgeSeconds}::bigint
        ),
        last_address = ${p.address}
      from held
      where sessions.id = held.id and held.now_ms < held.refresh_expires_at_s * 1000
      returning sessions.id, sessions.user_id, held.username, sessions.role_issued,
        sessions.generation, sessions.rotated_at_ms, sessions.access_expires_at_s,
        sessions.refresh_expires_at_s
    ), entered as (
      insert into audit_events (
        at_ms, name, actor_kind, actor_id, subject, session_id, access_token_id, name_hash,
        reason, ended_sessions, address, request_id, user_agent
      )
      select rotated_at_ms, ${p.name}, ${p.actorKind}, ${p.actorId}, ${p.subject}, id,
        ${p.accessTokenId}::bigint, ${p.nameHash}, ${p.reason}, ${p.endedSessions}::integer,
        ${p.address}, ${p.requestId}, ${p.userAgent}
      from moved
    )
    select user_id, username, role_issued, generation, rotated_at_ms, access_expires_at_s,
      refresh_expires_at_s
    from moved`;
  return { compile: () => query.compile(db) };
});
