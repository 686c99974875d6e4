/**
 * A state transition is a generator: it yields statements and receives their results. It has one
 * body for both databases; the SQLite driver runs it synchronously among many in one commit, the
 * PostgreSQL driver runs it asynchronously in a transaction of its own. A body must have no effect
 * but its statements, because a driver may run it again after a conflict.
 */

import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteQueryCompiler,
} from 'kysely';
import type { Clock } from '../core/ports.ts';
import type { LivenessChange } from './liveness-changes.ts';
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
  | {
      readonly kind: 'statement';
      readonly statement: Statement;
      readonly values: Row;
      /** Whether the body looks at the result. */
      readonly isRead: boolean;
    }
  /**
   * Only as a first step: what may be the whole transition, done by one statement together with
   * those who ask for the same at this moment. Answered without rows where that gains nothing.
   */
  | { readonly kind: 'grouped'; readonly statement: Statement; readonly values: () => Row }
  /** For other servers, when this commits; there are none to be told on SQLite. */
  | { readonly kind: 'notify'; readonly message: string }
  /** Only for who shares the database with others while it runs; see locks.ts. */
  | { readonly kind: 'lock'; readonly lock: Lock; readonly values: readonly unknown[] }
  | { readonly kind: 'now' };

/** A statement of PostgreSQL that waits until the transaction holds something to itself. */
export interface Lock {
  readonly name: string;
  readonly sql: string;
}

export type Transition<T> = Generator<Step, T, StepResult>;

/** Where transitions run. A failed body leaves nothing behind. */
export interface Database {
  /** One consistent view of what is committed. */
  read<T>(body: () => Transition<T>): Promise<T>;
  /** Resolves when the transition is durable. */
  write<T>(body: () => Transition<T>): Promise<T>;
  ping(): Promise<void>;
  /** Finishes what was asked of it and lets go of the database. */
  close(): Promise<void>;
  /** What this process takes for the time. */
  readonly clock: Clock;
  readonly foreignChanges: ForeignChanges;
  /** Those of newer releases, which say that this one may work on the database; else none. */
  readonly newerMigrations: readonly string[];
}

/** What other processes on the same database have ended, deleted or changed. */
export interface ForeignChanges {
  /**
   * Whether everything has been told that others have committed: up to now on SQLite, up to half a
   * second ago on PostgreSQL. Asked for every answer from memory, so it must cost next to nothing.
   */
  areKnown(): boolean;
  /** Resolves when everything has been told that was committed before the call. */
  settle(): Promise<void>;
  /** Listeners are told before {@link areKnown} says so. */
  onChange(listener: (change: LivenessChange) => void): void;
}

export type Dialect = 'sqlite' | 'postgres';

export interface CompiledStatement {
  /** Unique in this process, for statements that a connection prepares by name. */
  readonly name: string;
  readonly sql: string;
  /** Turns named values into positional parameters. */
  bind(values: Row): unknown[];
}

/** A query that is written once with named parameters and compiled once for each database. */
export interface Statement<P = never, R = unknown> {
  readonly sqlite: CompiledStatement;
  readonly postgres: CompiledStatement;
  /** Types only: parameters and row. */
  readonly types?: (parameters: P) => R;
}

class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A bare parameter would be planned for: SQLite with STAT4, as the driver is built, prepares a join
 * anew each time its parameter gets another value, at eight times what running it costs. An
 * expression is not looked into, uses the same indexes and has the same affinity, which is none.
 */
class SteadySqliteCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?';
  }
}

const queries = {
  sqlite: queriesOf(new SqliteAdapter(), new SteadySqliteCompiler()),
  postgres: queriesOf(new PostgresAdapter(), new PostgresQueryCompiler()),
};

function queriesOf(
  adapter: SqliteAdapter | PostgresAdapter,
  compiler: SqliteQueryCompiler | PostgresQueryCompiler,
): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => adapter,
      createDriver: () => new DummyDriver(),
      createIntrospector: () => {
        throw new Error('statements are compiled without a database');
      },
      createQueryCompiler: () => compiler,
    },
  });
}

let compiledStatements = 0;

const declared: Statement[] = [];

/** Every statement of the modules that have been loaded, for tests that ask databases about all. */
export const declaredStatements: readonly Statement[] = declared;

/**
 * Declares a statement. `p.name` stands for the value that is given under that name when the
 * statement is run:
 *
 *     statement<{ id: number }>()((db, p) => db.deleteFrom('users').where('id', '=', p.id))
 */
export function statement<P extends object>() {
  return <R>(
    build: (db: Kysely<Schema>, p: P, dialect: Dialect) => Compilable<R>,
  ): Statement<P, R> => {
    const compiled: Partial<Record<Dialect, CompiledStatement>> = {};
    const compiledFor = (dialect: Dialect) => {
      compiled[dialect] ??= compile(build(queries[dialect], parameters<P>(), dialect));
      return compiled[dialect];
    };
    const declaredNow: Statement<P, R> = {
      get sqlite() {
        return compiledFor('sqlite');
      },
      get postgres() {
        return compiledFor('postgres');
      },
    };
    declared.push(declaredNow as Statement);
    return declaredNow;
  };
}

/** Any property of this is a placeholder of that name, typed as the value it will get. */
function parameters<P extends object>(): P {
  return new Proxy({} as P, { get: (_, name) => new Parameter(String(name)) });
}

function compile(query: Compilable): CompiledStatement {
  const { sql, parameters: slots } = query.compile();
  compiledStatements += 1;
  return {
    name: `statement-${compiledStatements}`,
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
  const result = yield stepOf(query, values, true);
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
  const result = yield stepOf(query, values, true);
  return result.changes;
}

/**
 * Tries to do everything in one statement that does it for many: each of its values is an array
 * with one for everybody in the group, besides `clockMs`, the time to go by, null for the
 * database's own. No row means that nothing has happened.
 */
export function* grouped<P extends object, R>(
  query: Statement<{ [Name in keyof P]: readonly P[Name][] } & { clockMs: number | null }, R>,
  values: () => P,
): Generator<Step, R | undefined, StepResult> {
  const result = yield {
    kind: 'grouped',
    statement: query as unknown as Statement,
    values: values as () => Row,
  };
  return result.rows[0] as R | undefined;
}

/**
 * Runs a statement whose result nobody needs. A failure still ends the transition, at the latest
 * before it commits; PostgreSQL gets it together with what comes next, and nobody waits for it.
 */
export function* run<P extends object, R>(
  query: Statement<P, R>,
  values: P,
): Generator<Step, void, StepResult> {
  yield stepOf(query, values, false);
}

function stepOf(query: Statement<never>, values: object, isRead: boolean): Step {
  return { kind: 'statement', statement: query as Statement, values: values as Row, isRead };
}

/**
 * The time that this database's transitions go by, in milliseconds: the server's injected clock
 * on SQLite, the database's on PostgreSQL, so that servers with different clocks agree. Asked
 * again it is a later one: who has waited for others, and compares with what they left, must ask
 * again, or theirs lies in the future.
 */
export function* currentTimeMs(): Generator<Step, number, StepResult> {
  const result = yield { kind: 'now' };
  return result.nowMs;
}

/** Tells the other servers that share the database, when and if this is committed. */
export function* notify(message: string): Generator<Step, void, StepResult> {
  yield { kind: 'notify', message };
}
