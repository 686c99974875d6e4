/** A process of its own that takes the write lock of an SQLite file and keeps it until told. */

import BetterSqlite3 from 'better-sqlite3';

const connection = new BetterSqlite3(process.argv[2] ?? '');
connection.exec('begin immediate');
process.on('message', () => {
  connection.exec('commit');
  connection.close();
  process.send?.('released');
  process.disconnect();
});
process.send?.('locked');
