/**
 * The least that a server of this kind is made of: Fastify, and an open SQLite file that each
 * answer asks. Run as a process: `fastify-sqlite.mjs FILE`. Plain JavaScript, because Node's reader
 * of types would weigh as much as all the rest; its compiled code is kept as ours is.
 */

import { flushCompileCache } from 'node:module';
import BetterSqlite3 from 'better-sqlite3';
import Fastify from 'fastify';

const [file = ''] = process.argv.slice(2);
const connection = new BetterSqlite3(file);
connection.pragma('journal_mode = WAL');
connection.pragma('synchronous = FULL');
const alive = connection.prepare("select 'ok' as status");

const app = Fastify({ logger: false });
app.get('/health', async () => alive.get());
const url = await app.listen({ host: '127.0.0.1', port: 0 });
flushCompileCache();
process.stderr.write(`bare Fastify listens on ${url}\n`);
