/**
 * Every refusal the domain can throw, as one closed union. There are no HTTP statuses here: each
 * contract answers each code in its own table, and does not compile while one is missing.
 */

import type { IdentityRefusal } from './identities.ts';
import type { PasswordRule } from './passwords.ts';
import type { UsernameRule } from './usernames.ts';

/** What a listing was asked for that it does not do. */
export type ListingRule =
  | 'prefix_by_name'
  | 'prefix_by_username'
  | 'other_listing'
  | 'out_of_bounds';

/** What a code carries besides itself. Nothing here may hold a password, a token or a secret. */
export interface ErrorDetails {
  admin_already_exists: object;
  admin_not_found: object;
  access_token_expired: object;
  access_token_not_found: object;
  access_token_suspended: object;
  auth_disabled: object;
  bearer_invalid: object;
  credentials_invalid: object;
  identity_refused: { refusal: IdentityRefusal; providerName: string; email: string | null };
  listing_rejected: { field: 'sort' | 'cursor' | 'limit'; rule: ListingRule };
  /** Good credentials, but it takes a password that was entered just now. */
  password_confirmation_required: object;
  password_checks_busy: { retryAfterSeconds: number };
  password_rejected: { rule: PasswordRule };
  permission_denied: object;
  provider_busy: { retryAfterSeconds: number };
  provider_declined: { providerName: string };
  provider_not_configured: object;
  provider_proof_invalid: { providerName: string };
  provider_state_invalid: object;
  provider_unavailable: { providerName: string; retryAfterSeconds: number };
  rate_limited: { retryAfterSeconds: number };
  redirect_uri_rejected: object;
  refresh_token_invalid: object;
  storage_busy: { retryAfterSeconds: number };
  storage_unavailable: object;
  user_not_found: object;
  username_rejected: { rule: UsernameRule };
  username_taken: object;
}

export type ErrorCode = keyof ErrorDetails;

/** A refusal with a stable code. `message` is for operators; clients get their contract's text. */
export class SallyportError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails[C];

  constructor(code: C, details: ErrorDetails[C], cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause });
    this.name = 'SallyportError';
    this.code = code;
    this.details = details;
  }
}

/** Narrows to one code, so that a caller can read its details. */
export function isRefusal<C extends ErrorCode>(
  error: unknown,
  code: C,
): error is SallyportError<C> {
  return error instanceof SallyportError && error.code === code;
}
