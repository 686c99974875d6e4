/** The generated types are those of the server of this checkout, and every call has a name. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type OpenApiDocument,
  writeOpenApiTypes,
} from '../../packages/client/scripts/openapi-types.ts';
import { startTestServer } from '../support/test-server.ts';

const COMMITTED = join(import.meta.dirname, '../../packages/client/src/openapi.ts');

test('the types of the client are up to date (npm run generate -w @sallyport/client)', async () => {
  const server = await startTestServer();
  const { json } = await server.call('GET', '/openapi.json');
  await server.close();
  assert.equal(readFileSync(COMMITTED, 'utf8'), writeOpenApiTypes(json));
});

const documentWith = (paths: OpenApiDocument['paths']) => ({ paths, components: {} });
const answering = (schema: object, operationId = 'look') => ({
  operationId,
  responses: { 200: { content: { 'application/json': { schema: { ...schema } } } } },
});

test('a call without a name, a name given twice and an unknown type are refused', () => {
  const cases: [RegExp, OpenApiDocument['paths']][] = [
    [/GET \/a needs an operationId/, { '/a': { get: { responses: {} } } }],
    [/GET \/a needs an operationId/, { '/a': { get: answering({}, 'camelCase') } }],
    [/the same operationId/, { '/a': { get: answering({}) }, '/b': { get: answering({}) } }],
    [/unknown type "file"/, { '/a': { get: answering({ type: 'file' }) } }],
  ];
  for (const [expected, paths] of cases) {
    assert.throws(() => writeOpenApiTypes(documentWith(paths)), expected);
  }
});

test('what a schema allows, its type allows, and no more', () => {
  const typeOf = (schema: object) => {
    const text = writeOpenApiTypes(documentWith({ '/a': { get: answering(schema) } }));
    return /200: ([\s\S]*?);\n {4}\};/.exec(text)?.[1]?.replace(/\s+/g, ' ');
  };
  assert.equal(typeOf({ anyOf: [{ type: 'string' }, { type: 'null' }] }), 'string | null');
  assert.equal(typeOf({ type: ['integer', 'null'] }), 'number | null');
  assert.equal(typeOf({ enum: ["it's", 1, null] }), "'it\\'s' | 1 | null");
  assert.equal(typeOf({ type: 'array', items: { const: true } }), 'Array<true>');
  assert.equal(typeOf({ type: 'object', properties: {} }), 'Record<string, never>');
  assert.equal(
    typeOf({
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'number' }, b: { type: 'boolean' } },
      additionalProperties: true,
    }),
    '{ a: number; b?: boolean; [name: string]: unknown; }',
  );
});
