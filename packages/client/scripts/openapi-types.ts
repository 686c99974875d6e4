/**
 * Writes TypeScript from the OpenAPI document of a server: an interface for every shared schema,
 * and for every operation its method, path, body and answers. It knows the plain JSON Schemas that
 * the server's routes are made of, and refuses what it does not know instead of guessing.
 */

type Json = Record<string, unknown>;

interface Content {
  readonly content?: Record<string, { readonly schema?: Json }>;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Record<string, Content & { readonly $ref?: string }>;
}

export interface OpenApiDocument {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas?: Record<string, Json>;
    readonly responses?: Record<string, Content>;
  };
}

const HEADER = `/**
 * The calls of a Sallyport server. Generated from its /openapi.json; do not edit, but run
 * \`npm run generate -w @sallyport/client\`.
 */
`;

/** The whole text of the generated module. */
export function writeOpenApiTypes(document: OpenApiDocument): string {
  const schemas = Object.entries(document.components.schemas ?? {}).map(
    ([name, schema]) => `export type ${name} = ${writeType(schema, '')};\n`,
  );
  const operations = listOperations(document);
  const types = operations.map((entry) => writeOperation(document, entry));
  const calls = operations.map(
    ({ id, method, path }) => `  ${id}: { method: '${method.toUpperCase()}', path: '${path}' },\n`,
  );
  return [
    HEADER,
    ...schemas,
    `export interface Operations {\n${types.join('')}}\n`,
    `export const OPERATIONS = {\n${calls.join('')}} as const;\n`,
  ].join('\n');
}

interface Entry {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Sorted by name, so that the order in which routes are registered does not show. */
function listOperations({ paths }: OpenApiDocument): Entry[] {
  const entries = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const id = operation.operationId ?? '';
      if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(id)) {
        throw new Error(`${method.toUpperCase()} ${path} needs an operationId in snake_case`);
      }
      return { id, method, path, operation };
    }),
  );
  const names = new Set(entries.map(({ id }) => id));
  if (names.size < entries.length) throw new Error('two operations have the same operationId');
  return entries.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function writeOperation(document: OpenApiDocument, { id, operation }: Entry): string {
  const { summary, parameters = [], requestBody, responses } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const params = inPath.map(({ name }) => `${name}: string`).join('; ');
  const answers = Object.entries(responses).map(
    ([status, response]) =>
      `      ${status}: ${writeContent(resolve(document, response), '      ')};\n`,
  );
  return [
    ...(summary ? [`  /** ${summary.replaceAll('*/', '')} */\n`] : []),
    `  ${id}: {\n`,
    `    params: ${params === '' ? 'undefined' : `{ ${params} }`};\n`,
    `    body: ${requestBody ? writeContent(requestBody, '    ') : 'undefined'};\n`,
    `    responses: {\n${answers.join('')}    };\n`,
    '  };\n',
  ].join('');
}

function resolve(document: OpenApiDocument, response: Content & { $ref?: string }): Content {
  if (response.$ref === undefined) return response;
  const shared = document.components.responses?.[lastWord(response.$ref)];
  if (shared === undefined) throw new Error(`${response.$ref} is not there`);
  return shared;
}

/** What is not JSON (a page, a redirect) is text or nothing to this client. */
function writeContent({ content }: Content, indent: string): string {
  if (content === undefined) return 'undefined';
  const schema = (content['application/json'] ?? content['application/problem+json'])?.schema;
  return schema === undefined ? 'string' : writeType(schema, indent);
}

const lastWord = (reference: string) => reference.split('/').at(-1) ?? '';

function writeType(schema: Json, indent: string): string {
  const { $ref, anyOf, oneOf, enum: values, type } = schema;
  if (typeof $ref === 'string') return lastWord($ref);
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) return join(either.map((one: Json) => writeType(one, indent)));
  if (Array.isArray(values)) return join(values.map(writeLiteral));
  if ('const' in schema) return writeLiteral(schema.const);
  if (Array.isArray(type)) {
    return join(type.map((one: string) => writeType({ ...schema, type: one }, indent)));
  }
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `Array<${writeType((schema.items ?? {}) as Json, indent)}>`;
    case 'object':
      return writeObject(schema, indent);
    case undefined:
      return 'unknown';
    default:
      throw new Error(`a schema has the unknown type ${JSON.stringify(type)}`);
  }
}

function join(types: string[]): string {
  return [...new Set(types)].join(' | ');
}

function writeLiteral(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function writeObject(schema: Json, indent: string): string {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  const required = (schema.required ?? []) as string[];
  const inner = `${indent}  `;
  const fields = properties.map(([name, property]) => {
    const { description } = property;
    const comment = typeof description === 'string' ? `${inner}/** ${description} */\n` : '';
    const mark = required.includes(name) ? '' : '?';
    return `${comment}${inner}${name}${mark}: ${writeType(property, inner)};\n`;
  });
  if (schema.additionalProperties === true) fields.push(`${inner}[name: string]: unknown;\n`);
  return fields.length === 0 ? 'Record<string, never>' : `{\n${fields.join('')}${indent}}`;
}
