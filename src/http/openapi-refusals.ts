/**
 * Writes the refusals into the OpenAPI document: those that a route names, and those that any
 * route can give. Each stands once for each contract under `components.responses`.
 */

import { ErrorAnswer as AdminApiError } from './admin-api/codec.ts';
import { Problem } from './management/errors.ts';
import { type Contract, contractOf } from './refusals.ts';
import { STATUS_CODES } from './status-texts.ts';
import { ErrorAnswer as UserApiError } from './user-api/codec.ts';

/** What any route can answer: a request that cannot be read, and a server that cannot work. */
const ANYWHERE = [400, 408, 431, 500, 503];
/** What any route that reads a body can answer. */
const WITH_BODY = [413, 415];
/** Answered where the document has no such path or method; the others by the routes that say so. */
const ELSEWHERE = [401, 403, 404, 405, 409, 429];

const RETRY_AFTER = {
  'Retry-After': {
    required: true,
    description: 'seconds to wait',
    schema: { type: 'integer', minimum: 1 },
  },
};
const HEADERS: Record<number, object> = {
  401: {
    'WWW-Authenticate': {
      description: 'when a bearer credential was needed',
      schema: { const: 'Bearer' },
    },
  },
  405: { Allow: { required: true, schema: { type: 'string' } } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** How each contract writes a refusal. */
const FORMS: Record<Contract, { schema: object; mediaType: string; elsewhere: number[] }> = {
  AdminApi: { schema: AdminApiError, mediaType: 'application/json', elsewhere: ELSEWHERE },
  UserApi: { schema: UserApiError, mediaType: 'application/json', elsewhere: ELSEWHERE },
  Account: {
    schema: Problem,
    mediaType: 'application/problem+json',
    elsewhere: ELSEWHERE,
  },
  Management: {
    schema: Problem,
    mediaType: 'application/problem+json',
    elsewhere: [...ELSEWHERE, 412, 428],
  },
};

const CONTRACTS = Object.keys(FORMS) as Contract[];

interface Described {
  description: string;
  content?: { 'application/json'?: { schema: { properties?: object } } };
}

interface Operation {
  requestBody?: {
    required?: boolean;
    content: Record<string, { schema: { required?: string[] } }>;
  };
  responses: Record<string, Described | { $ref: string }>;
}

export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { responses?: Record<string, object>; schemas?: Record<string, object> };
}

/** Completes the document in place. */
export function describeRefusals(document: ApiDocument): void {
  for (const [path, operations] of Object.entries(document.paths)) {
    const contract = contractOf(path);
    for (const operation of Object.values(operations)) completeOperation(operation, contract);
  }
  document.components.schemas = Object.fromEntries(
    CONTRACTS.map((contract) => [`${contract}Error`, FORMS[contract].schema]),
  );
  document.components.responses = Object.assign({}, ...CONTRACTS.map(refusalsOf));
}

function completeOperation({ requestBody, responses }: Operation, contract: Contract): void {
  for (const [status, response] of Object.entries(responses)) {
    if ('$ref' in response) continue;
    response.description = STATUS_CODES[Number(status)] ?? '';
    if (Number(status) >= 400 && isPlainRefusal(response))
      responses[status] = reference(contract, status);
  }
  for (const status of requestBody === undefined ? ANYWHERE : [...ANYWHERE, ...WITH_BODY]) {
    responses[status] ??= reference(contract, status);
  }
  if (requestBody === undefined) return;
  const bodies = Object.values(requestBody.content);
  requestBody.required = bodies.some(({ schema }) => (schema.required ?? []).length > 0);
}

/** A refusal of the admin's sign-in has another form and keeps it. */
function isPlainRefusal({ content }: Described): boolean {
  const fields = Object.keys(content?.['application/json']?.schema.properties ?? {}).join();
  return ['status,message', 'error', 'type,title,status,detail,code'].includes(fields);
}

function reference(contract: Contract, status: number | string): { $ref: string } {
  return { $ref: `#/components/responses/${contract}${status}` };
}

function refusalsOf(contract: Contract): Record<string, object> {
  const { mediaType, elsewhere } = FORMS[contract];
  const statuses = [...ANYWHERE, ...WITH_BODY, ...elsewhere];
  const schema = { $ref: `#/components/schemas/${contract}Error` };
  const responses = statuses.map((status) => [
    `${contract}${status}`,
    {
      description: STATUS_CODES[status],
      ...(HEADERS[status] && { headers: HEADERS[status] }),
      content: { [mediaType]: { schema } },
    },
  ]);
  return Object.fromEntries(responses);
}
