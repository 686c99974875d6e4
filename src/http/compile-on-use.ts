/**
 * The framework's own compilers of schemas, at work when a route is first asked for and not at the
 * start: forty routes have a hundred schemas, of which a server that has just started needs none.
 * What several routes have in common is compiled once.
 * That the schemas compile at all is known from the tests.
 */

import { createRequire } from 'node:module';
import type { FastifyServerOptions } from 'fastify';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;

/** What a compiled schema does to one value. */
interface Compiled {
  (value: unknown): unknown;
  errors?: unknown;
}
interface Route {
  readonly schema: object;
}
type Compile = (route: Route) => Compiled;
type BuildCompile = (externalSchemas: unknown, options: unknown) => Compile;

const require = createRequire(import.meta.url);

const compilers = {
  buildValidator: onUse(() => require('@fastify/ajv-compiler').AjvCompiler()),
  buildSerializer: onUse(() => require('@fastify/fast-json-stringify-compiler')()),
};
export const compileOnUse = compilers as NonNullable<SchemaController['compilersFactory']>;

/** For schemas that stand by themselves: no route of ours refers to one that it does not hold. */
function onUse(load: () => BuildCompile): BuildCompile {
  const known = new WeakMap<object, Compiled>();
  return (externalSchemas, options) => {
    const compile = once(() => load()(externalSchemas, options));
    return (route) => {
      const compiled = once(() => {
        const made = known.get(route.schema) ?? compile()(route);
        known.set(route.schema, made);
        return made;
      });
      const use: Compiled = (value) => {
        const result = compiled()(value);
        // A validator leaves them on itself, where the framework looks for them.
        use.errors = compiled().errors;
        return result;
      };
      return use;
    };
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
