/** Every refusal in the words of contract 2 (the user API), and everywhere else but contract 1. */

import type { Refusal, RefusalAnswer } from '../faults.ts';

const refuse = (status: number, error: string): RefusalAnswer => ({ status, body: { error } });

const INVALID_BODY = refuse(400, 'invalid request body');
/** One answer for all, as the original has it: a client cannot mend any of them. */
const EXCHANGE_FAILED = refuse(401, 'failed to exchange code for JWT');
const BUSY = refuse(503, 'Server is busy. Please try again.');

export const USER_API_REFUSALS = {
  access_token_expired: () => refuse(400, 'access token has expired'),
  access_token_not_found: () => refuse(404, 'Not found'),
  access_token_suspended: () => refuse(404, 'Not found'),
  admin_already_exists: () => refuse(409, 'admin already exists'),
  admin_not_found: () => refuse(404, 'Not found'),
  auth_disabled: () => refuse(403, 'authentication is disabled'),
  bad_request: () => refuse(400, 'Bad request'),
  bearer_invalid: () => refuse(401, 'invalid or expired token'),
  body_invalid: () => INVALID_BODY,
  body_too_large: () => refuse(413, 'Request body too large'),
  cookie_repeated: () => refuse(401, 'more than one token cookie'),
  credentials_invalid: () => refuse(401, 'invalid username or password'),
  field_invalid: () => INVALID_BODY,
  field_missing: () => INVALID_BODY,
  foreign_site: () => refuse(403, 'request from another site'),
  identity_refused: () => EXCHANGE_FAILED,
  internal_error: () => refuse(500, 'Internal server error'),
  json_invalid: () => INVALID_BODY,
  last_admin: () => refuse(409, 'the last admin must stay'),
  listing_rejected: () => refuse(400, 'Bad request'),
  method_not_allowed: () => refuse(405, 'Method not allowed'),
  not_found: () => refuse(404, 'Not found'),
  not_local: () => refuse(403, 'This endpoint can only be called from localhost'),
  not_ready: () => BUSY,
  parameter_invalid: () => refuse(400, 'Bad request'),
  password_checks_busy: () => BUSY,
  password_confirmation_required: () => refuse(403, 'password confirmation required'),
  password_rejected: () => INVALID_BODY,
  permission_denied: () => refuse(403, 'permission denied'),
  provider_busy: () => BUSY,
  provider_declined: () => EXCHANGE_FAILED,
  provider_not_configured: () => EXCHANGE_FAILED,
  provider_proof_invalid: () => EXCHANGE_FAILED,
  provider_state_invalid: () => EXCHANGE_FAILED,
  provider_unavailable: () => EXCHANGE_FAILED,
  precondition_failed: () => refuse(412, 'Precondition failed'),
  precondition_required: () => refuse(428, 'Precondition required'),
  rate_limited: () => refuse(429, 'Too many requests. Please try again later.'),
  redirect_uri_rejected: () => INVALID_BODY,
  refresh_token_invalid: () => refuse(401, 'failed to refresh access token'),
  session_not_found: () => refuse(404, 'Not found'),
  storage_busy: () => BUSY,
  storage_unavailable: () => BUSY,
  too_many_streams: () => BUSY,
  unsupported_media_type: () => refuse(415, 'Unsupported media type'),
  user_not_found: () => refuse(404, 'Not found'),
  username_rejected: () => INVALID_BODY,
  username_taken: () => refuse(409, 'username is taken'),
} satisfies Record<Refusal, () => RefusalAnswer>;
