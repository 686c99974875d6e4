/**
 * The tables as Kysely sees them. Times are milliseconds since the Unix epoch unless the name
 * says otherwise (`…_at_s` are Unix seconds, as in the tokens). Flags are 0 or 1.
 */

import type { Generated } from 'kysely';

export interface Schema {
  /** One row a setting. A missing row means the safe value. */
  settings: { name: string; value: string };
  /** The built-in admin: `id` is always 1, so a second one cannot exist. */
  admins: {
    id: number;
    password_hash: string;
    token_generation: number;
    created_at_ms: number;
    password_changed_at_ms: number;
    last_sign_in_at_ms: number | null;
  };
  users: {
    id: Generated<number>;
    username: string;
    username_key: string;
    password_hash: string | null;
    password_kind: string | null;
    role: 'ADMIN' | 'STANDARD';
    is_enabled: number;
    origin: string;
    created_at_ms: number;
    password_changed_at_ms: number | null;
    last_sign_in_at_ms: number | null;
    /** Moves with every change that an operator makes. */
    version: Generated<number>;
  };
  /** Who a user is at a provider. Unique: issuer and subject; user and issuer. */
  user_identities: {
    issuer: string;
    subject: string;
    user_id: number;
    /** By which setting it came; the issuer is what counts. */
    provider_id: string;
    created_at_ms: number;
  };
  /** Kinds of hash that users may have; a kind leaves when its last user is gone. */
  password_kinds: { kind: string };
  sessions: {
    id: string;
    user_id: number;
    generation: number;
    role_issued: 'ADMIN' | 'STANDARD';
    created_at_ms: number;
    /** When the current generation began. Seconds of it are the tokens' `iat`. */
    rotated_at_ms: number;
    access_expires_at_s: number;
    refresh_expires_at_s: number;
    ended_at_ms: number | null;
    end_reason: string | null;
    created_address: string;
    last_address: string;
    user_agent: string;
  };
  access_tokens: {
    id: Generated<number>;
    public_id: string;
    secret_hash: string;
    name: string;
    description: string;
    permissions: number;
    created_at_ms: number;
    rotated_at_ms: number | null;
    expires_at_ms: number | null;
    last_used_at_ms: number | null;
    /** Set by a restore: it authenticates nobody until it is accepted or rotated. */
    suspended_at_ms: number | null;
    /** Moves with every change that an operator makes. */
    version: Generated<number>;
    /** The value before the last rotation, while both live. */
    previous_secret_hash: string | null;
    /** The `secret_hash` that it was rotated to. While that is another, there is no such value. */
    previous_successor_hash: string | null;
    previous_expires_at_ms: number | null;
    previous_last_used_at_ms: number | null;
  };
  /** Those that have ended are not here: a row is a session that may live. */
  console_sessions: {
    id: string;
    /** Unique; of the cookie's value. */
    secret_hash: string;
    kind: 'admin' | 'user';
    /** Null for the built-in admin, and for nobody else. */
    user_id: number | null;
    /** The admin's token generation or the user's `password_changed_at_ms` at the sign-in. */
    issued_under: number;
    created_at_ms: number;
    /** At most a minute behind. */
    last_seen_at_ms: number;
    password_entered_at_ms: number;
    expires_at_ms: number;
    address: string;
    user_agent: string;
  };
  failure_counters: {
    key: string;
    /** JSON array of times. */
    failed_at_ms: string;
    strikes: number;
    blocked_until_ms: number;
    failures_in_a_row: number;
    expires_at_ms: number;
  };
  /** Appended to, and deleted by retention alone: triggers refuse everything else. */
  audit_events: {
    id: Generated<number>;
    at_ms: number;
    name: string;
    actor_kind: string;
    actor_id: string | null;
    subject: string | null;
    session_id: string | null;
    access_token_id: number | null;
    name_hash: string | null;
    reason: string | null;
    ended_sessions: number | null;
    address: string | null;
    request_id: string | null;
    user_agent: string | null;
    /** Unique: what is kept once for each key and minute. */
    once_key: string | null;
  };
  /** Addresses that an account has signed in from. */
  known_addresses: { account_key: string; address_key: string; last_sign_in_at_ms: number };
}
