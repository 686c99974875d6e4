/**
 * Sees every connection that is opened and every statement that is prepared in this process, so
 * that a test can ask SQLite about them. The code under test is not changed and does not know.
 */

import BetterSqlite3 from 'better-sqlite3';

export interface Tap {
  readonly connections: ReadonlySet<BetterSqlite3.Database>;
  /** SQL texts in the order in which they were first prepared. */
  readonly statements: ReadonlySet<string>;
  /** `PRAGMA synchronous` of each connection when it was closed. */
  readonly synchronousAtClose: readonly number[];
  remove(): void;
}

export function tapConnections(onPrepare: (sql: string) => void = () => undefined): Tap {
  const connections = new Set<BetterSqlite3.Database>();
  const statements = new Set<string>();
  const synchronousAtClose: number[] = [];
  const { prototype } = BetterSqlite3;
  const { prepare, pragma, close } = prototype;
  prototype.prepare = function (this: BetterSqlite3.Database, sql: string) {
    statements.add(sql);
    onPrepare(sql);
    return prepare.call(this, sql);
  } as typeof prepare;
  prototype.pragma = function (this: BetterSqlite3.Database, ...input) {
    connections.add(this);
    return pragma.apply(this, input);
  };
  prototype.close = function (this: BetterSqlite3.Database) {
    synchronousAtClose.push(Number(this.pragma('synchronous', { simple: true })));
    return close.call(this);
  };
  const remove = () => Object.assign(prototype, { prepare, pragma, close });
  return { connections, statements, synchronousAtClose, remove };
}

/** The one connection that `open` opened, together with what it gave. */
export async function tapConnectionOf<T>(
  open: () => Promise<T>,
): Promise<{ opened: T; connection: BetterSqlite3.Database }> {
  const tap = tapConnections();
  try {
    const opened = await open();
    const [connection] = tap.connections;
    if (connection === undefined) throw new Error('nothing was opened');
    return { opened, connection };
  } finally {
    tap.remove();
  }
}
