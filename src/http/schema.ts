/**
 * Schemas of requests and answers in TypeBox's spelling and with its types, without loading it: its
 * 373 modules would be a fifth of the start and of the idle memory, and a server that has described
 * its routes needs none of them. Made here is plain JSON Schema, letter for letter what TypeBox
 * makes; `test/http/schema.test.ts` holds it to that.
 */

import type { Type as TypeBox } from 'typebox';

export type { Static } from 'typebox';

type Builders = Pick<
  typeof TypeBox,
  | 'Array'
  | 'Boolean'
  | 'Integer'
  | 'Literal'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'String'
  | 'Union'
>;

/** Schemas that a property may be absent by. */
const optional = new WeakSet<object>();

const simple = (type: string) => (options?: object) => ({ type, ...options });

const builders = {
  Array: (items: object, options?: object) => ({ type: 'array', items, ...options }),
  Boolean: simple('boolean'),
  Integer: simple('integer'),
  Literal: (value: unknown, options?: object) => ({ type: typeof value, const: value, ...options }),
  Null: simple('null'),
  Number: simple('number'),
  Object: (properties: Record<string, object>, options?: object) => {
    const names = Object.keys(properties);
    const required = names.filter((name) => !optional.has(properties[name] as object));
    return {
      type: 'object',
      ...(required.length > 0 && { required }),
      properties,
      ...options,
    };
  },
  Optional: (schema: object) => {
    const copy = { ...schema };
    optional.add(copy);
    return copy;
  },
  String: simple('string'),
  Union: (anyOf: object[], options?: object) => ({ anyOf, ...options }),
} satisfies Record<keyof Builders, unknown>;

export const Type = builders as unknown as Builders;
