/** Where the two databases differ in the columns of a table; migrations take the types from here. */

import {
  type ColumnDefinitionBuilder,
  type Kysely,
  PostgresAdapter,
  type RawBuilder,
  sql,
} from 'kysely';

type ColumnType = 'text' | 'integer' | 'bigint' | RawBuilder<unknown>;

export interface ColumnTypes {
  /** Compared and sorted by its bytes, whatever the database's language is. */
  readonly text: ColumnType;
  /** Ids and counts, which on SQLite have eight bytes under any name. */
  readonly integer: ColumnType;
  /**
   * A primary key that the database gives, and never again: the id of a deleted user must not
   * become another's, whose tokens would be theirs.
   */
  readonly asId: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
}

const SQLITE: ColumnTypes = {
  text: 'text',
  integer: 'integer',
  asId: (column) => column.primaryKey().autoIncrement(),
};

const POSTGRES: ColumnTypes = {
  text: sql`text collate "C"`,
  integer: 'bigint',
  asId: (column) => column.generatedAlwaysAsIdentity().primaryKey(),
};

export function columnTypesOf(db: Kysely<unknown>): ColumnTypes {
  return isPostgres(db) ? POSTGRES : SQLITE;
}

export function isPostgres(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
