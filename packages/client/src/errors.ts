/**
 * The one class that everything here fails with. A code is stable; a message is for people, and
 * never holds a password or a token: nothing that was sent or received is quoted in it, but the
 * server's own sentence.
 */

/** Known without an answer of the server. */
export type LocalCode =
  /** No answer: the server may or may not have done what was asked. */
  | 'network_failed'
  /** The same, because the time was up. */
  | 'timed_out'
  /** Something answered that does not speak the contract, such as a proxy's page. */
  | 'answer_invalid'
  /** A password, credential or URL that cannot be sent. */
  | 'input_invalid'
  | 'signed_out'
  | 'storage_failed';

/** What the server refused, in the words of its own errors where the contract tells them apart. */
export type RefusalCode =
  | 'access_token_expired'
  | 'access_token_not_found'
  | 'admin_already_exists'
  | 'admin_not_found'
  | 'auth_disabled'
  | 'bearer_invalid'
  | 'credentials_invalid'
  | 'not_found'
  | 'not_local'
  | 'permission_denied'
  | 'rate_limited'
  | 'refused'
  | 'request_invalid'
  | 'server_busy'
  | 'server_failed'
  | 'session_ended';

export type ClientErrorCode = LocalCode | RefusalCode;

export interface ClientErrorDetails {
  readonly status?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

export class SallyportClientError extends Error {
  readonly code: ClientErrorCode;
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** How long the server asks to wait, with 429 and 503. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SallyportClientError';
    this.code = code;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether there was no answer that could be relied upon, as opposed to a refusal. */
  get isNetworkFailure(): boolean {
    return NO_ANSWER.has(this.code);
  }

  /** Whether the same call may succeed later, unchanged. */
  get isTemporary(): boolean {
    return this.isNetworkFailure || TEMPORARY.has(this.code);
  }
}

const NO_ANSWER = new Set<ClientErrorCode>(['network_failed', 'timed_out', 'answer_invalid']);
const TEMPORARY = new Set<ClientErrorCode>(['rate_limited', 'server_busy', 'server_failed']);

/** Messages are part of the contracts, so they may be told apart by. */
const BY_MESSAGE: Readonly<Record<string, RefusalCode>> = {
  'API key management API requires auth_enabled=true': 'auth_disabled',
  'Access token API requires auth_enabled=true': 'auth_disabled',
  'Access token not found': 'access_token_not_found',
  'Admin permission required': 'permission_denied',
  'Cannot rotate an expired access token': 'access_token_expired',
  'Invalid or missing authorization token': 'bearer_invalid',
  'Invalid username or password': 'credentials_invalid',
  'This endpoint can only be called from localhost': 'not_local',
  'User not found': 'admin_not_found',
  'Username already exists': 'admin_already_exists',
  'failed to refresh access token': 'session_ended',
  'invalid authorization header format': 'bearer_invalid',
  'invalid or expired token': 'bearer_invalid',
  'invalid username or password': 'credentials_invalid',
  'missing authorization header': 'bearer_invalid',
};

/** @param message the server's, or undefined when the answer was in no form of the contracts */
export function refusalOf(
  status: number,
  message: string | undefined,
  retryAfterSeconds: number | undefined,
): SallyportClientError {
  const details = { status, retryAfterSeconds };
  if (message === undefined && status < 500) {
    const text = `Something that is not Sallyport answered with status ${status}`;
    return new SallyportClientError('answer_invalid', text, details);
  }
  const code = BY_MESSAGE[message ?? ''] ?? codeOfStatus(status);
  return new SallyportClientError(code, message ?? `The server answered ${status}`, details);
}

function codeOfStatus(status: number): RefusalCode {
  if (status === 400 || status === 413 || status === 415) return 'request_invalid';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 502 || status === 503 || status === 504) return 'server_busy';
  return status >= 500 ? 'server_failed' : 'refused';
}
