/** Every refusal of the management API: problem details (RFC 9457) that say what to do. */

import {
  MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH,
  MAX_ACCESS_TOKEN_NAME_LENGTH,
  MAX_ACCESS_TOKEN_TTL_SECONDS,
  MAX_OVERLAP_SECONDS,
} from '../../core/access-tokens.ts';
import type { ErrorDetails } from '../../core/errors.ts';
import { MAX_PAGE } from '../../core/operations.ts';
import type { PasswordRule } from '../../core/passwords.ts';
import type { UsernameRule } from '../../core/usernames.ts';
import type { Refusal, RefusalAnswer } from '../faults.ts';
import { Type } from '../schema.ts';
import { STATUS_CODES } from '../status-texts.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export const Problem = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String({ description: 'the name of the status' }),
  status: Type.Integer(),
  detail: Type.String({ description: 'what is wrong and what to do, for people' }),
  code: Type.String({ description: 'what is wrong, for programs: a stable word' }),
});

/** `about:blank` says that the title is no more than the status; `code` tells problems apart. */
export function problem(status: number, code: string, detail: string): RefusalAnswer {
  const title = STATUS_CODES[status] ?? 'Error';
  return { status, body: { type: 'about:blank', title, status, detail, code } };
}

type Saying = readonly [status: number, detail: string];

type Say = (detail: never) => Saying;

const BUSY: Saying = [503, 'The server is busy and has changed nothing. Try again later.'];
const NO_CREDENTIAL: Saying = [
  401,
  'Send the header Authorization: Bearer with a live admin JWT, with an access JWT of an enabled ' +
    'user who has the role ADMIN, or with an access token that has the admin permission; or sign ' +
    'in to the console.',
];
const NOT_JSON: Saying = [
  400,
  'The body cannot be read. Send one JSON object in UTF-8 with the fields of this call and no ' +
    'others; /openapi.json names them.',
];
const UNREADABLE: Saying = [
  400,
  'The request cannot be read. Send it as /openapi.json describes it.',
];

const TOO_LARGE: Saying = [413, 'The body must have at most 64 KiB.'];
const TOO_MANY_LINES: Saying = [
  413,
  'The body must have at most 1 MiB. Send the lines in several calls, or use the command: ' +
    'npx sallyport users import takes any number, with --url too.',
];

/** No call of this API asks a provider. */
const NOT_HERE: Saying = [401, 'Sign-in by a provider is no part of this API.'];

const FIELDS: Record<string, string> = {
  description: `description must be a text of at most ${MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH} characters.`,
  enabled: 'enabled must be true or false.',
  expires_in_seconds:
    `expires_in_seconds must be a whole number from 1 to ${MAX_ACCESS_TOKEN_TTL_SECONDS}, or null ` +
    'for a token that does not expire.',
  name: `name must be a text of at most ${MAX_ACCESS_TOKEN_NAME_LENGTH} characters.`,
  overlap_seconds: `overlap_seconds must be a whole number from 0 to ${MAX_OVERLAP_SECONDS}.`,
  password: 'password must be a text.',
  permission: 'permission must be some of read, write and admin, such as read,write.',
  role: 'role must be ADMIN or STANDARD.',
  username: 'username must be a text.',
};

const LISTINGS = {
  prefix_by_name: 'sort must be name or -name when prefix is given.',
  prefix_by_username: 'sort must be username or -username when prefix is given.',
  other_listing:
    'cursor belongs to another sort. Send the sort of the page that it came with, or begin ' +
    'without a cursor.',
  out_of_bounds: `limit must be a whole number from 1 to ${MAX_PAGE}.`,
} as const;

const SAYINGS = {
  access_token_expired: () => [400, 'The access token has expired; create a new one.'],
  access_token_not_found: () => [404, 'There is no access token with this id.'],
  access_token_suspended: () => [
    409,
    'A restore has suspended this access token. Rotate it without overlap_seconds, so that its old ' +
      'value stays dead, or accept all with `sallyport restore --accept-tokens` first.',
  ],
  admin_already_exists: () => [409, 'There is an admin already.'],
  admin_not_found: () => [404, 'There is no admin yet.'],
  auth_disabled: () => [403, 'This needs auth enforcement, which is off.'],
  bad_request: () => UNREADABLE,
  bearer_invalid: () => NO_CREDENTIAL,
  body_invalid: () => NOT_JSON,
  body_too_large: (what: string) => (what === 'lines' ? TOO_MANY_LINES : TOO_LARGE),
  cookie_repeated: () => [
    401,
    'The cookie of the console came twice, so neither counts. Clear the cookies of this host.',
  ],
  credentials_invalid: () => [401, 'The username or the password is wrong.'],
  field_invalid: (field: string) => [
    400,
    FIELDS[field] ?? `The field ${field} is not as /openapi.json describes it.`,
  ],
  field_missing: (field: string) => [400, `The field ${field} is missing.`],
  foreign_site: () => [
    403,
    'The request does not come from a page of this origin, as Origin or Sec-Fetch-Site must say ' +
      'where a cookie is the credential. Programs send Authorization: Bearer.',
  ],
  identity_refused: () => NOT_HERE,
  internal_error: () => [500, 'Something went wrong in the server; its log says what.'],
  json_invalid: () => NOT_JSON,
  last_admin: () => [
    409,
    'This is the last enabled user with the role ADMIN, who must stay. Give another user the role ' +
      'first.',
  ],
  listing_rejected: ({ rule }: ErrorDetails['listing_rejected']) => [400, LISTINGS[rule]],
  method_not_allowed: (allowed: string) => [405, `This path knows ${allowed} only.`],
  not_found: () => [404, 'There is no such call; /openapi.json names all.'],
  not_local: () => [403, 'This can be called from the same machine only.'],
  not_ready: () => BUSY,
  parameter_invalid: (sentence: string) => [400, sentence],
  password_checks_busy: () => BUSY,
  password_confirmation_required: () => [
    403,
    'This needs a password that was entered within the last five minutes. Enter it again in the ' +
      'console (POST /management/console/session/confirmation), or sign in as the admin anew.',
  ],
  password_rejected: ({ rule }: ErrorDetails['password_rejected']) => [400, passwordRule(rule)],
  permission_denied: () => [
    403,
    'The credential is good but may not do this. Managing needs the role ADMIN or the admin ' +
      'permission; access tokens reach users with the role STANDARD only.',
  ],
  precondition_failed: () => [
    412,
    'It has changed since. Get it again and decide anew, with the new ETag.',
  ],
  precondition_required: () => [
    428,
    'Send If-Match with the ETag that getting it gave, so that no change of others is ' +
      'overwritten; If-Match: * changes whatever there is.',
  ],
  provider_busy: () => BUSY,
  provider_declined: () => NOT_HERE,
  provider_not_configured: () => [404, 'There is no provider with this id.'],
  provider_proof_invalid: () => NOT_HERE,
  provider_state_invalid: () => NOT_HERE,
  provider_unavailable: () => NOT_HERE,
  rate_limited: () => [429, 'There were too many failed attempts. Try again later.'],
  redirect_uri_rejected: () => NOT_HERE,
  refresh_token_invalid: () => NO_CREDENTIAL,
  session_not_found: () => [404, 'There is no live session with this id.'],
  storage_busy: () => BUSY,
  storage_unavailable: () => [503, 'The database cannot be read or written; look at its disk.'],
  too_many_streams: () => [
    503,
    'There are as many streams of events as the server keeps open. Close one, or try again later.',
  ],
  unsupported_media_type: () => [415, 'The body must be JSON: Content-Type: application/json.'],
  user_not_found: () => [404, 'There is no user with this id.'],
  username_rejected: ({ rule }: ErrorDetails['username_rejected']) => [400, usernameRule(rule)],
  username_taken: () => [
    409,
    'This username is taken; upper and lower case are the same. Choose another.',
  ],
} satisfies Record<Refusal, Say>;

/** The problem for a refusal; `detail` is what came with it. */
export function problemOf(refusal: Refusal, detail: unknown): RefusalAnswer {
  const say = SAYINGS[refusal] as (detail: unknown) => Saying;
  const [status, sentence] = say(detail);
  return problem(status, refusal, sentence);
}

function passwordRule(rule: PasswordRule): string {
  switch (rule.name) {
    case 'too_short':
      return `password must have at least ${rule.minLength} characters.`;
    case 'too_long':
      return `password must have at most ${rule.maxBytes} bytes; a letter beyond ASCII has 2 to 4.`;
    case 'control_character':
      return 'password must not hold control characters.';
    case 'blank':
      return 'password must not be blank.';
    case 'needs_uppercase':
    case 'needs_lowercase':
    case 'needs_digit':
    case 'needs_special':
      return `password is too simple: it ${rule.name.replace('_', ' ')}.`;
  }
}

function usernameRule(rule: UsernameRule): string {
  switch (rule.name) {
    case 'length':
      return `username must have ${rule.minLength} to ${rule.maxLength} characters.`;
    case 'character':
      return 'username must not hold control characters or invisible ones.';
    case 'surrounding_space':
      return 'username must not begin or end with a space.';
  }
}
