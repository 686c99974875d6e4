/** The builders of schemas, against TypeBox itself: same JSON, same order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type as TypeBox } from 'typebox';
import { Type } from '../../src/http/schema.ts';

type Builders = typeof Type;

/** A way to build one schema with either set of builders. */
type Recipe = (with_: Builders) => object;

const options = fc.option(
  fc.record(
    { description: fc.string(), minLength: fc.nat(), title: fc.string() },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const literal = fc.oneof(fc.string(), fc.boolean(), fc.integer());
const leaf: fc.Arbitrary<Recipe> = fc.oneof(
  fc.tuple(fc.constantFrom('Boolean', 'Integer', 'Null', 'Number', 'String'), options).map(
    ([kind, given]): Recipe =>
      (with_) =>
        with_[kind as 'String'](given),
  ),
  fc.tuple(literal, options).map(
    ([value, given]): Recipe =>
      (with_) =>
        with_.Literal(value, given),
  ),
);
const { recipe } = fc.letrec<{ recipe: Recipe; inner: Recipe }>((tie) => ({
  recipe: fc.oneof({ depthSize: 'small' }, leaf, tie('inner')),
  inner: fc.oneof(
    fc.tuple(tie('recipe'), options).map(
      ([item, given]): Recipe =>
        (with_) =>
          with_.Array(item(with_) as never, given),
    ),
    fc.tuple(fc.array(tie('recipe'), { minLength: 1, maxLength: 3 }), options).map(
      ([members, given]): Recipe =>
        (with_) =>
          with_.Union(members.map((member) => member(with_)) as never, given),
    ),
    fc
      .tuple(
        fc.dictionary(fc.string({ minLength: 1 }), fc.tuple(tie('recipe'), fc.boolean())),
        options,
      )
      .map(
        ([properties, given]): Recipe =>
          (with_) => {
            const built = Object.entries(properties).map(([name, [make, isOptional]]) => {
              const schema = make(with_) as never;
              return [name, isOptional ? with_.Optional(schema) : schema];
            });
            return with_.Object(Object.fromEntries(built), given);
          },
      ),
  ),
}));

test('every schema is the JSON that TypeBox makes of the same recipe', () => {
  fc.assert(
    fc.property(recipe, (make) => {
      assert.equal(JSON.stringify(make(Type)), JSON.stringify(make(TypeBox as Builders)));
    }),
  );
});

test('a schema that is optional in one place stays required in another', () => {
  const name = Type.String();
  const schema = Type.Object({ a: name, b: Type.Optional(name) });
  assert.deepEqual(JSON.parse(JSON.stringify(schema)).required, ['a']);
});
