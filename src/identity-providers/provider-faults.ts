/** What an error of openid-client means, and what of it may be told to an operator. */

import { ProviderAnswerFault } from './provider-fetch.ts';

/** Codes of openid-client for an exchange that never came about. */
const UNAVAILABLE_CODES: readonly unknown[] = [
  'OAUTH_ABORT',
  'OAUTH_HTTP_REQUEST_FORBIDDEN',
  'OAUTH_INVALID_SERVER_METADATA',
  'OAUTH_MISSING_SERVER_METADATA',
  'OAUTH_PARSE_ERROR',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_TIMEOUT',
  'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
];

/** Errors of the token endpoint that say that we, and not the person, did something wrong. */
const OUR_FAULTS: readonly unknown[] = [
  'invalid_client',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
];

/** Whether the provider could not be asked, as opposed to having proven nothing. */
export function isUnavailable(error: unknown): boolean {
  return chainOf(error).some((link) => {
    const { name, code, error: oauthError } = fieldsOf(link);
    return (
      link instanceof ProviderAnswerFault ||
      name === 'TimeoutError' ||
      name === 'AbortError' ||
      // What `fetch` rejects with when there is no answer.
      (link instanceof TypeError && link.cause !== undefined) ||
      UNAVAILABLE_CODES.includes(code) ||
      OUR_FAULTS.includes(oauthError)
    );
  });
}

/** A cause for the log: what the library says, and no word of what the provider sent. */
export class ProviderFault extends Error {
  /** Whether the provider says by itself that nobody signed in (RFC 6749 §4.1.2.1). */
  readonly declined: boolean;

  constructor(message: string, declined: boolean) {
    super(message);
    this.name = 'ProviderFault';
    this.declined = declined;
  }
}

export function summarize(error: unknown): ProviderFault {
  const links = chainOf(error);
  const words = links.map((link) => {
    const { code, error: oauthError } = fieldsOf(link);
    return [code, wordOf(oauthError), link.message].filter(Boolean).join(' ');
  });
  const declined = links.some(
    (link) => fieldsOf(link).code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR',
  );
  return new ProviderFault(words.join(': '), declined);
}

/** An error code of the provider's, if it looks like one. */
function wordOf(oauthError: unknown): string | null {
  const isWord = typeof oauthError === 'string' && /^[a-z_]{1,40}$/.test(oauthError);
  return isWord ? oauthError : null;
}

/** The library's errors have a class each; what they share is told by these. */
function fieldsOf(error: Error): { name: string; code?: unknown; error?: unknown } {
  return error;
}

function chainOf(error: unknown): Error[] {
  const links: Error[] = [];
  for (let link = error; link instanceof Error && links.length < 8; link = link.cause) {
    links.push(link);
  }
  return links;
}
