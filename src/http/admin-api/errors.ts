/** Every refusal in the words of contract 1 (the admin API). */

import type { ErrorDetails } from '../../core/errors.ts';
import type { PasswordRule } from '../../core/passwords.ts';
import type { Refusal, RefusalAnswer } from '../faults.ts';

type Answer = (detail: never) => RefusalAnswer;

const refuse = (status: number, message: string): RefusalAnswer => ({
  status,
  body: { status: 'error', message },
});

/** `detail` is the error's details for domain codes and the fault's text for HTTP faults. */
export const ADMIN_API_REFUSALS = {
  access_token_expired: () => refuse(400, 'Cannot rotate an expired access token'),
  access_token_not_found: () => refuse(404, 'Access token not found'),
  access_token_suspended: () => refuse(409, 'Access token is suspended'),
  admin_already_exists: () => refuse(409, 'Username already exists'),
  admin_not_found: () => refuse(404, 'User not found'),
  auth_disabled: () => refuse(403, 'Access token API requires auth_enabled=true'),
  bad_request: () => refuse(400, 'Bad request'),
  bearer_invalid: () => refuse(401, 'Invalid or missing authorization token'),
  body_invalid: () => refuse(400, 'Invalid JSON body'),
  body_too_large: () => refuse(413, 'Request body too large'),
  cookie_repeated: () => refuse(401, 'Invalid or missing authorization token'),
  credentials_invalid: () => ({
    status: 401,
    body: { token: null, message: 'Invalid username or password', expires_in: 0 },
  }),
  field_invalid: (field: string) => refuse(400, `Invalid field: ${field}`),
  field_missing: (field: string) => refuse(400, `Missing required field: ${field}`),
  foreign_site: () => refuse(403, 'Request from another site'),
  identity_refused: () => refuse(401, 'Invalid or missing authorization token'),
  internal_error: () => refuse(500, 'Internal server error'),
  json_invalid: () => refuse(400, 'Invalid JSON body'),
  last_admin: () => refuse(409, 'The last admin must stay'),
  listing_rejected: ({ field }: ErrorDetails['listing_rejected']) =>
    refuse(400, `Invalid field: ${field}`),
  method_not_allowed: () => refuse(405, 'Method not allowed'),
  not_found: () => refuse(404, 'Not found'),
  not_local: () => refuse(403, 'This endpoint can only be called from localhost'),
  not_ready: () => refuse(503, 'Server is busy. Please try again.'),
  parameter_invalid: () => refuse(400, 'Bad request'),
  password_checks_busy: () => refuse(503, 'Server is busy. Please try again.'),
  password_confirmation_required: () => refuse(403, 'Password confirmation required'),
  password_rejected: ({ rule }: ErrorDetails['password_rejected']) =>
    refuse(400, passwordRuleText(rule)),
  permission_denied: () => refuse(403, 'Admin permission required'),
  provider_busy: () => refuse(503, 'Server is busy. Please try again.'),
  provider_declined: () => refuse(401, 'Invalid or missing authorization token'),
  provider_not_configured: () => refuse(404, 'Not found'),
  provider_proof_invalid: () => refuse(401, 'Invalid or missing authorization token'),
  provider_state_invalid: () => refuse(400, 'Bad request'),
  provider_unavailable: () => refuse(503, 'Server is busy. Please try again.'),
  precondition_failed: () => refuse(412, 'Precondition failed'),
  precondition_required: () => refuse(428, 'Precondition required'),
  rate_limited: () => refuse(429, 'Too many requests. Please try again later.'),
  redirect_uri_rejected: () => refuse(400, 'Invalid field: redirect_uri'),
  refresh_token_invalid: () => refuse(401, 'Invalid or missing authorization token'),
  session_not_found: () => refuse(404, 'Not found'),
  storage_busy: () => refuse(503, 'Server is busy. Please try again.'),
  storage_unavailable: () => refuse(503, 'Server is busy. Please try again.'),
  too_many_streams: () => refuse(503, 'Server is busy. Please try again.'),
  unsupported_media_type: () => refuse(415, 'Unsupported media type'),
  user_not_found: () => refuse(404, 'User not found'),
  username_rejected: () => refuse(400, 'Invalid field: username'),
  username_taken: () => refuse(409, 'Username already exists'),
} satisfies Record<Refusal, Answer>;

export function passwordRuleText(rule: PasswordRule): string {
  switch (rule.name) {
    case 'blank':
      return 'Missing required field: password';
    case 'too_short':
      return `Password must be at least ${rule.minLength} characters long`;
    case 'needs_uppercase':
      return 'Password must contain an uppercase letter';
    case 'needs_lowercase':
      return 'Password must contain a lowercase letter';
    case 'needs_digit':
      return 'Password must contain a digit';
    case 'needs_special':
      return 'Password must contain a special character';
    case 'control_character':
      return 'Password must not contain control characters';
    case 'too_long':
      return `Password must be at most ${rule.maxBytes} bytes long`;
  }
}
