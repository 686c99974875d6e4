/**
 * A state transition is a generator: it yields statements and receives their results. It has one
 * body for both databases; the SQLite driver runs it synchronously among many in one commit, a
 * PostgreSQL driver runs it asynchronously in a transaction of its own. A body must have no effect
 * but its statements, because a driver may run it again after a conflict.
 */

import { type Compilable, DummyDriver, Kysely, SqliteAdapter, SqliteQueryCompiler } from 'kysely';
import type { Schema } from './schema.ts';

export type Row = Record<string, unknown>;

export interface StepResult {
  readonly rows: readonly Row[];
  /** Rows inserted, updated or deleted. */
  readonly changes: number;
  /** Answer to {@link currentTimeMs}. */
  readonly nowMs: number;
}

export type Step =
  | { readonly kind: 'statement'; readonly statement: Statement; readonly values: Row }
  | { readonly kind: 'now' };

export type Transition<T> = Generator<Step, T, StepResult>;

/** Where transitions run. A failed body leaves nothing behind. */
export interface Database {
  /** One consistent view of what is committed. */
  read<T>(body: () => Transition<T>): Promise<T>;
  /** Resolves when the transition is durable. */
  write<T>(body: () => Transition<T>): Promise<T>;
  ping(): Promise<void>;
}

export interface CompiledStatement {
  readonly sql: string;
  /** Turns named values into positional parameters. */
  bind(values: Row): unknown[];
}

/** A query that is written once with named parameters and compiled once for each database. */
export interface Statement<P = never, R = unknown> {
  readonly sqlite: CompiledStatement;
  /** Types only: parameters and row. */
  readonly types?: (parameters: P) => R;
}

class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const sqliteQueries = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: () => {
      throw new Error('statements are compiled without a database');
    },
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/**
 * Declares a statement. `p.name` stands for the value that is given under that name when the
 * statement is run:
 *
 *     statement<{ id: number }>()((db, p) => db.deleteFrom('users').where('id', '=', p.id))
 */
export function statement<P extends object>() {
  return <R>(build: (db: Kysely<Schema>, p: P) => Compilable<R>): Statement<P, R> => {
    let compiled: CompiledStatement | undefined;
    return {
      get sqlite() {
        compiled ??= compile(build(sqliteQueries, parameters<P>()));
        return compiled;
      },
    };
  };
}

/** Any property of this is a placeholder of that name, typed as the value it will get. */
function parameters<P extends object>(): P {
  return new Proxy({} as P, { get: (_, name) => new Parameter(String(name)) });
}

function compile(query: Compilable): CompiledStatement {
  const { sql, parameters: slots } = query.compile();
  return {
    sql,
    bind: (values) =>
      slots.map((slot) => {
        if (!(slot instanceof Parameter)) return slot;
        const value = values[slot.name];
        if (value === undefined) throw new Error(`statement parameter ${slot.name} is not given`);
        return value;
      }),
  };
}

/** Runs a statement and gives all its rows. */
export function* all<P extends object, R>(
  query: Statement<P, R>,
  values: P,
): Generator<Step, R[], StepResult> {
  const result = yield { kind: 'statement', statement: query as Statement, values: values as Row };
  return result.rows as R[];
}

/** Runs a statement and gives its first row, if it has one. */
export function* first<P extends object, R>(
  query: Statement<P, R>,
  values: P,
): Generator<Step, R | undefined, StepResult> {
  const rows = yield* all(query, values);
  return rows[0];
}

/** Runs a statement and gives how many rows it changed. */
export function* change<P extends object, R>(
  query: Statement<P, R>,
  values: P,
): Generator<Step, number, StepResult> {
  const result = yield { kind: 'statement', statement: query as Statement, values: values as Row };
  return result.changes;
}

/**
 * The time that this database's transitions go by, in milliseconds: the server's injected clock
 * on SQLite, the database's on PostgreSQL, so that servers with different clocks agree.
 */
export function* currentTimeMs(): Generator<Step, number, StepResult> {
  const result = yield { kind: 'now' };
  return result.nowMs;
}
