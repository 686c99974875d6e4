/**
 * Opens a PostgreSQL database, and so migrates it. With a second argument it is killed when it has
 * sent a statement that contains it: in the middle of the migration's transaction.
 */

import pg from 'pg';
import { PostgresDatabase } from '../../src/storage/postgres.ts';

const [url = '', killAt] = process.argv.slice(2);
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...input: unknown[]) {
  if (killAt !== undefined && String(input[0]).includes(killAt)) {
    process.kill(process.pid, 'SIGKILL');
  }
  return Reflect.apply(query, this, input);
} as typeof query;

process.on('message', async () => {
  const database = await PostgresDatabase.open(url);
  await database.close();
  process.disconnect();
});
process.send?.('ready');
