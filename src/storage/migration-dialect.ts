/**
 * Kysely's SQLite dialect for migrations, with two differences: SQLite can undo DDL, so each
 * migration runs in a transaction; and that transaction takes the write lock when it begins, so a
 * second starting server waits instead of failing half-way.
 */

import type BetterSqlite3 from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';

class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class ImmediateTransactionDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

class MigrationDialect extends SqliteDialect {
  readonly #connection: BetterSqlite3.Database;

  constructor(connection: BetterSqlite3.Database) {
    super({ database: connection });
    this.#connection = connection;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }

  override createDriver(): SqliteDriver {
    return new ImmediateTransactionDriver({ database: this.#connection });
  }
}

/** Destroying the result would close `connection`, which stays its owner's. */
export function migrationDatabase(connection: BetterSqlite3.Database): Kysely<unknown> {
  return new Kysely({ dialect: new MigrationDialect(connection) });
}
