/**
 * Turns whatever went wrong into an answer in the contract that owns the path. Nothing of an
 * unexpected error reaches the client; it goes to the log under the request's id.
 */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { SallyportError } from '../core/errors.ts';
import { accountProblemOf } from './account/errors.ts';
import { ADMIN_API_REFUSALS } from './admin-api/errors.ts';
import { HttpFault, type Refusal, type RefusalAnswer } from './faults.ts';
import { PROBLEM_TYPE, problem, problemOf } from './management/errors.ts';
import { pathOf } from './request-target.ts';
import { USER_API_REFUSALS } from './user-api/errors.ts';

/** Everything that begins with one of these, and `/auth/enabled` by itself. */
const ADMIN_API_PATHS = /^\/auth\/(admin|access_token|api_key|enabled($|\/))/;

/** Retry-After for refusals that carry no time of their own. */
const DEFAULT_RETRY_AFTER_SECONDS = 1;

const PROVIDER_FAULTS: readonly Refusal[] = ['provider_proof_invalid', 'provider_unavailable'];

/** The first slash may be the last: `/management` itself begins no other contract. */
const MANAGEMENT_PATHS = /^\/management($|\/)/;

const ACCOUNT_PATHS = /^\/account($|\/)/;

/** Who words the errors of a path. */
export type Contract = 'Account' | 'AdminApi' | 'Management' | 'UserApi';

export function contractOf(path: string): Contract {
  if (MANAGEMENT_PATHS.test(path)) return 'Management';
  if (ACCOUNT_PATHS.test(path)) return 'Account';
  return ADMIN_API_PATHS.test(path) ? 'AdminApi' : 'UserApi';
}

const JSON_TYPE = 'application/json; charset=utf-8';

function contentTypeOf(contract: Contract): string {
  return contract === 'Management' || contract === 'Account' ? PROBLEM_TYPE : JSON_TYPE;
}

/** An error that has no code of its own, in the form of the contract that owns the target. */
export function unreadableAnswer(
  url: string,
  status: number,
  message: string,
): { contentType: string; body: object } {
  const contract = contractOf(pathOf(url));
  const unreadable = problem(status, 'bad_request', `The request cannot be read: ${message}.`);
  const bodies = {
    Account: unreadable.body,
    AdminApi: { status: 'error', message },
    Management: unreadable.body,
    UserApi: { error: message },
  };
  return { contentType: contentTypeOf(contract), body: bodies[contract] };
}

export interface Explained {
  readonly refusal: Refusal;
  readonly detail: unknown;
}

export function answerRefusal(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): void {
  const { answer } = prepareRefusal(error, request, reply, log);
  reply.type(contentTypeOf(contractOf(pathOf(request.url))));
  // Compiled serialisers drop what a route's schema does not name; these bodies are constants.
  reply.serializer(JSON.stringify).send(answer.body);
}

/** Logs what must be logged and sets status and headers; what is said is left to the caller. */
export function prepareRefusal(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): Explained & { answer: RefusalAnswer } {
  const explained = explain(error);
  if (explained.refusal === 'internal_error') {
    log.error({ err: error, request_id: request.id, event: 'server.unexpected_error' });
  }
  if (explained.refusal === 'storage_unavailable') {
    log.error({ err: error, request_id: request.id, event: 'server.storage_unavailable' });
  }
  if (PROVIDER_FAULTS.includes(explained.refusal)) {
    // The operator must see what is wrong with the other side, or with how it is set up.
    const { cause } = error as SallyportError;
    const reason = cause instanceof Error ? cause.message : '';
    const { providerName: provider } = explained.detail as { providerName?: string };
    const about = { provider, reason, request_id: request.id };
    log.warn({ ...about, event: 'server.provider_failed' }, `${explained.refusal}: ${provider}`);
  }
  const answer = answerOf(explained, pathOf(request.url));
  setRefusalHeaders(reply, explained, answer.status);
  reply.code(answer.status);
  return { ...explained, answer };
}

function answerOf({ refusal, detail }: Explained, path: string): RefusalAnswer {
  const contract = contractOf(path);
  if (contract === 'Management') return problemOf(refusal, detail);
  if (contract === 'Account') return accountProblemOf(refusal, detail);
  const table = contract === 'AdminApi' ? ADMIN_API_REFUSALS : USER_API_REFUSALS;
  const isApiKeyCall = path.startsWith('/auth/api_key');
  if (refusal === 'auth_disabled' && isApiKeyCall) {
    const message = 'API key management API requires auth_enabled=true';
    return { status: 403, body: { status: 'error', message } };
  }
  return (table[refusal] as (detail: unknown) => RefusalAnswer)(detail);
}

/** What a client must be told beside the words, depending on the status. */
export function setRefusalHeaders(reply: FastifyReply, explained: Explained, status: number): void {
  const { refusal, detail } = explained;
  if (refusal === 'bearer_invalid') reply.header('www-authenticate', 'Bearer');
  if (refusal === 'method_not_allowed') reply.header('allow', String(detail));
  if (status === 429 || status === 503) {
    const given = (detail as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds;
    reply.header('retry-after', String(given ?? DEFAULT_RETRY_AFTER_SECONDS));
  }
  // What follows on this connection would be taken for the next request.
  if (refusal === 'body_too_large' || refusal === 'bad_request')
    reply.header('connection', 'close');
}

function explain(error: unknown): Explained {
  if (error instanceof SallyportError) return { refusal: error.code, detail: error.details };
  if (error instanceof HttpFault) return { refusal: error.kind, detail: error.detail };
  const { code, validation } = error as Partial<FastifyError>;
  if (validation !== undefined) return explainValidation(validation[0]);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { refusal: 'body_too_large', detail: '' };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { refusal: 'unsupported_media_type', detail: '' };
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return { refusal: 'not_found', detail: '' };
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return { refusal: 'bad_request', detail: '' };
    default:
      return { refusal: 'internal_error', detail: '' };
  }
}

type ValidationFault = NonNullable<FastifyError['validation']>[number];

/** The schema's first complaint. A pattern on a required text says that it must not be blank. */
function explainValidation(fault: ValidationFault | undefined): Explained {
  if (fault?.keyword === 'required') {
    return { refusal: 'field_missing', detail: String(fault.params.missingProperty) };
  }
  const [, field = ''] = fault?.instancePath.split('/') ?? [];
  if (field === '') return { refusal: 'body_invalid', detail: '' };
  return {
    refusal: fault?.keyword === 'pattern' ? 'field_missing' : 'field_invalid',
    detail: field,
  };
}
