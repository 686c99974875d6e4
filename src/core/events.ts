/**
 * The catalogue of security events: stable names that operators alert on.
 * An event refers to a person by user id, or by a keyed hash of the name that was tried.
 */

/** Where a request came from, as far as the server could establish it. */
export interface RequestOrigin {
  /** The client's IP address in canonical text form. */
  readonly address: string;
  /** What limits count by: the IPv4 address, or the IPv6 /64. */
  readonly addressKey: string;
  readonly requestId: string;
  /** The User-Agent header, cut to 256 characters; empty when absent. */
  readonly userAgent: string;
}

/** Who acts. Whoever has not shown a credential that held is anonymous. */
export type Actor =
  /** The built-in admin of contract 1. */
  | { readonly kind: 'admin' }
  | { readonly kind: 'user'; readonly id: number }
  | { readonly kind: 'access_token'; readonly id: number }
  /** The command line; its user of the operating system where that is known. */
  | { readonly kind: 'operator'; readonly name: string | null }
  | { readonly kind: 'server' }
  | { readonly kind: 'anonymous' };

/** Who asks for a change, and from where. Every change is recorded with it. */
export interface Requester {
  /** Absent for a request without a credential, and for what the process does by itself. */
  readonly actor?: Actor;
  /** Absent for what the server or its command line does by itself. */
  readonly origin?: RequestOrigin;
}

export type SecurityEventName =
  | 'admin.created'
  | 'admin.password_reset'
  | 'admin.sign_in_failed'
  | 'admin.signed_in'
  | 'access_token.accepted'
  | 'access_token.changed'
  | 'access_token.created'
  | 'access_token.deleted'
  | 'access_token.overlap_ended'
  | 'access_token.rotated'
  | 'auth.disabled'
  | 'auth.enabled'
  | 'bearer.denied'
  | 'bearer.rejected'
  | 'console.confirmation_failed'
  | 'console.confirmed'
  | 'console.ended'
  | 'database.restored'
  | 'local_call.refused'
  | 'operation.refused'
  | 'params.renewed'
  | 'session.ended'
  | 'session.refresh_failed'
  | 'session.refresh_retried'
  | 'session.refresh_reused'
  | 'session.refreshed'
  | 'session.sign_in_failed'
  | 'session.signed_in'
  | 'sign_in.busy'
  | 'sign_in.limited'
  | 'sign_in.provider_refused'
  | 'user.created'
  | 'user.identity_linked'
  | 'user.deleted'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.password_change_failed'
  | 'user.password_changed'
  | 'user.password_set'
  | 'user.role_changed'
  | 'users.exported';

export interface SecurityEvent extends Requester {
  readonly name: SecurityEventName;
  /** Who did it or to whom it happened: a user id, or `admin` for the built-in admin. */
  readonly subject?: number | 'admin';
  /** A keyed hash of the name that was tried, when nobody signed in. */
  readonly nameHash?: string;
  readonly sessionId?: string;
  readonly accessTokenId?: number;
  /** A stable word that says why, such as `unknown_user` or `after_grace`. */
  readonly reason?: string;
  /** How many sessions it has ended: a new password, new parameters, an operator, a restore. */
  readonly endedSessions?: number;
  /** The counter that refused, for what is recorded once for each of them and minute. */
  readonly limitKey?: string;
}
