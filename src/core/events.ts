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

export type SecurityEventName =
  | 'admin.created'
  | 'admin.password_reset'
  | 'admin.sign_in_failed'
  | 'admin.signed_in'
  | 'access_token.created'
  | 'access_token.deleted'
  | 'access_token.rotated'
  | 'auth.disabled'
  | 'auth.enabled'
  | 'bearer.denied'
  | 'bearer.rejected'
  | 'local_call.refused'
  | 'session.ended'
  | 'session.refresh_failed'
  | 'session.refresh_retried'
  | 'session.refresh_reused'
  | 'session.refreshed'
  | 'session.sign_in_failed'
  | 'session.signed_in'
  | 'sign_in.busy'
  | 'sign_in.limited'
  | 'user.created'
  | 'user.password_change_failed'
  | 'user.password_changed'
  | 'user.password_set';

export interface SecurityEvent {
  readonly name: SecurityEventName;
  /** Absent for what the server or its command line does by itself. */
  readonly origin?: RequestOrigin;
  /** Who did it or to whom it happened: a user id, or `admin` for the built-in admin. */
  readonly subject?: number | 'admin';
  /** A keyed hash of the name that was tried, when nobody signed in. */
  readonly nameHash?: string;
  readonly sessionId?: string;
  readonly accessTokenId?: number;
  /** A stable word that says why, such as `unknown_user` or `after_grace`. */
  readonly reason?: string;
}
