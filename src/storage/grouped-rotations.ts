/**
 * Refresh token rotations in one statement, for PostgreSQL: all that are asked for at the same time
 * are held, moved, entered into the audit trail and committed together, in one round trip. For each
 * of them it says the same as the first branch of `rotateRefreshToken`, which runs where this finds
 * no session to move; the conformance suite and the model run both.
 */

import { type Compilable, sql } from 'kysely';
import type { NewRow } from './audit-transitions.ts';
import { statement } from './transition.ts';

type Entered = Pick<
  NewRow,
  'name' | 'actorKind' | 'actorId' | 'subject' | 'sessionId' | 'address' | 'requestId' | 'userAgent'
>;

interface Rotation extends Entered {
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

/**
 * Each session that is moved, with the place in the group of who asked, from 1. None for a session
 * that is ended, expired, of a disabled user or of another generation, nor for one that somebody
 * else holds at this moment: the others must not wait for that.
 */
export const rotateTogether = statement<
  { [Name in keyof Rotation]: readonly Rotation[Name][] } & { clockMs: number | null }
>()((db, p): Compilable<MovedSession & { place: number }> => {
  const query = sql<MovedSession & { place: number }>`
    with asked as (
      select * from unnest(
        ${p.sessionId}::text[], ${p.generation}::bigint[], ${p.accessTtlSeconds}::bigint[],
        ${p.refreshTtlSeconds}::bigint[], ${p.maxAgeSeconds}::bigint[], ${p.name}::text[],
        ${p.actorKind}::text[], ${p.actorId}::text[], ${p.subject}::text[], ${p.address}::text[],
        ${p.requestId}::text[], ${p.userAgent}::text[]
      ) with ordinality as asked (
        session_id, generation, access_ttl_s, refresh_ttl_s, max_age_s, name, actor_kind, actor_id,
        subject, address, request_id, user_agent, place
      )
    ), held as (
      select asked.*, sessions.created_at_ms, sessions.refresh_expires_at_s,
        users.username, users.role,
        coalesce(
          ${p.clockMs}::bigint,
          floor(extract(epoch from clock_timestamp()) * 1000)::bigint
        ) as now_ms
      from asked
        join sessions on sessions.id = asked.session_id
          and sessions.generation = asked.generation
        join users on users.id = sessions.user_id
      where sessions.ended_at_ms is null and users.is_enabled = 1
      for no key update of sessions skip locked
    ), moved as (
      update sessions set
        generation = sessions.generation + 1,
        role_issued = held.role,
        rotated_at_ms = held.now_ms,
        access_expires_at_s = least(
          held.now_ms / 1000 + held.access_ttl_s,
          held.created_at_ms / 1000 + held.max_age_s
        ),
        refresh_expires_at_s = least(
          held.now_ms / 1000 + held.refresh_ttl_s,
          held.created_at_ms / 1000 + held.max_age_s
        ),
        last_address = held.address
      from held
      where sessions.id = held.session_id and held.now_ms < held.refresh_expires_at_s * 1000
      returning held.*, sessions.user_id, sessions.role_issued,
        sessions.generation as new_generation, sessions.rotated_at_ms,
        sessions.access_expires_at_s, sessions.refresh_expires_at_s as new_refresh_expires_at_s
    ), entered as (
      insert into audit_events (
        at_ms, name, actor_kind, actor_id, subject, session_id, address, request_id, user_agent
      )
      select rotated_at_ms, name, actor_kind, actor_id, subject, session_id, address, request_id,
        user_agent
      from moved order by place
    )
    select place, user_id, username, role_issued, new_generation as generation, rotated_at_ms,
      access_expires_at_s, new_refresh_expires_at_s as refresh_expires_at_s
    from moved`;
  return { compile: () => query.compile(db) };
});
