/**
 * A test server whose every answer is held against /openapi.json: an undescribed status, a field
 * that the document does not name, a missing header or a wrong type fails the test that saw it.
 */

import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { CallAnswer, CallOptions } from './http-call.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';

/** Tests of the contract sign in more often than people do. */
const ROOMY_LIMITS = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };

const ON_EVERY_ANSWER = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export async function startCheckedServer(options: TestServerOptions = {}): Promise<TestServer> {
  const settings = { ...ROOMY_LIMITS, ...options.settings };
  const server = await startTestServer({ ...options, settings });
  const { text } = await server.call('GET', '/openapi.json');
  const check = checkOf(text);
  const call = async (method: string, path: string, callOptions?: CallOptions) => {
    const answer = await server.call(method, path, callOptions);
    check.answer(method, path, answer);
    return answer;
  };
  return { ...server, call };
}

const checks = new Map<string, DocumentCheck>();

/** Most servers say the same of themselves, and what is compiled of it serves them all. */
function checkOf(document: string): DocumentCheck {
  const check = checks.get(document) ?? new DocumentCheck(JSON.parse(document));
  checks.set(document, check);
  return check;
}

type Json = Record<string, unknown>;

interface Response {
  $ref?: string;
  headers?: Record<string, { required?: boolean; schema: object }>;
  content?: Record<string, { schema: object }>;
}

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
  components: { responses: Record<string, Response> };
}

export class DocumentCheck {
  readonly #document: Document;
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: true });

  constructor(document: Document) {
    this.#document = closeObjects(document) as Document;
    this.#ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    this.#ajv.addSchema(this.#document, 'document');
  }

  answer(method: string, target: string, answer: CallAnswer): void {
    const name = `${method} ${target.slice(0, 80)} → ${answer.status}`;
    const { headers, status, text } = answer;
    for (const [header, value] of Object.entries(ON_EVERY_ANSWER)) {
      assert.equal(headers[header], value, `${name}: ${header}`);
    }
    if (status === 204) return;
    const response = this.#responseFor(method, pathIn(target), String(status));
    assert.ok(response, `${name} is not described`);
    const isProblem =
      status >= 400 && (MANAGEMENT.test(pathIn(target)) || ACCOUNT.test(pathIn(target)));
    const mediaType = isProblem ? 'application/problem+json' : 'application/json';
    const type = String(headers['content-type']);
    const isFile = Object.keys(response.content ?? {}).some(
      (described) => described !== mediaType && type === `${described}; charset=utf-8`,
    );
    assert.ok(isFile || type === `${mediaType}; charset=utf-8`, `${name}: ${type}`);
    for (const [header, rule] of Object.entries(response.headers ?? {})) {
      const value = headers[header.toLowerCase()];
      if (rule.required) assert.ok(value, `${name} lacks ${header}`);
      const read = /^\d+$/.test(String(value)) ? Number(value) : value;
      if (value !== undefined) this.#require(rule.schema, read, `${name} ${header}`);
    }
    if (method === 'HEAD') {
      assert.equal(text, '', name);
      return;
    }
    // Of any length, which is not known before its end.
    if (isFile) return;
    assert.equal(headers['content-length'], String(Buffer.byteLength(text)), name);
    const schema = response.content?.[mediaType]?.schema;
    assert.ok(schema, `${name} has no described body`);
    this.#require(schema, JSON.parse(text), name);
  }

  #responseFor(method: string, path: string, status: string): Response | undefined {
    const { paths, components } = this.#document;
    const template = Object.keys(paths).find((candidate) => matches(candidate, path));
    const operation = paths[template ?? '']?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    // What has no operation is answered in the form of the contract that the path begins like.
    const others = ADMIN_API.test(path) ? 'AdminApi' : 'UserApi';
    const problems = ACCOUNT.test(path) ? 'Account' : others;
    const contract = MANAGEMENT.test(path) ? 'Management' : problems;
    // A GET without a HEAD says so in the words of its contract.
    const isOther = method === 'HEAD' && status === '405';
    const found =
      operation && !isOther
        ? operation.responses[status]
        : components.responses[`${contract}${status}`];
    const shared = found?.$ref?.replace('#/components/responses/', '');
    return shared === undefined ? found : components.responses[shared];
  }

  #require(schema: object, value: unknown, name: string): void {
    // As a schema of its own it must name the document that its references are in.
    const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
    const validate = this.#compiled.get(text) ?? this.#ajv.compile(JSON.parse(text));
    this.#compiled.set(text, validate);
    assert.ok(validate(value), `${name}: ${JSON.stringify(validate.errors)}`);
  }
}

/** Section 1 of the contracts, written down again on purpose. */
const ADMIN_API = /^\/auth\/(admin|access_token|api_key|enabled$|enabled\/)/;

/** Where refusals are problem details (RFC 9457). */
const MANAGEMENT = /^\/management(\/|$)/;
const ACCOUNT = /^\/account(\/|$)/;

function pathIn(target: string): string {
  const [path = ''] = target.replace(/^http:\/\/[^/]*/, '').split(/[?#]/);
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function matches(template: string, path: string): boolean {
  const expected = template.split('/');
  const given = path.split('/');
  return (
    expected.length === given.length &&
    expected.every((word, index) => word.startsWith('{') || word === given[index])
  );
}

/** An object has no other fields than the described ones, unless the document says so. */
function closeObjects(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closeObjects);
  if (typeof node !== 'object' || node === null) return node;
  const closed: Json = {};
  for (const [key, value] of Object.entries(node)) closed[key] = closeObjects(value);
  if (closed.type === 'object' && closed.additionalProperties === undefined) {
    closed.additionalProperties = false;
  }
  return closed;
}
