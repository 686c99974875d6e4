/**
 * The update of a rotation without a server: a bare `pg` pool with as many connections as
 * Sallyport's, 64 callers at once, one statement each, durable. Run as a process with
 * `DATABASE_URL`: `postgres-updates.ts AT_ONCE WARMUP_MS MEASURE_MS`.
 */

import pg from 'pg';
import { serveFigures } from './served-figures.ts';

/** The default of `pg`, and of Sallyport. */
const CONNECTIONS = 10;
const MOVE_GENERATION = `update sessions set generation = generation + 1, rotated_at_ms = $1,
  access_expires_at_s = $2, refresh_expires_at_s = $3, last_address = $4
  where id = $5 and generation = $6`;

const [atOnce = 64, warmupMs = 1_000, measureMs = 1_000] = process.argv.slice(2).map(Number);
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL ?? '',
  max: CONNECTIONS,
});
await pool.query(`create table sessions (id text collate "C" primary key,
  generation bigint not null, rotated_at_ms bigint not null, access_expires_at_s bigint not null,
  refresh_expires_at_s bigint not null, last_address text not null)`);

let changes = 0;
let endMs = Number.POSITIVE_INFINITY;

async function rotateOne(): Promise<void> {
  const id = crypto.randomUUID();
  const address = '127.0.0.1';
  await pool.query('insert into sessions values ($1, 1, 0, 0, 0, $2)', [id, address]);
  for (let generation = 1; performance.now() < endMs; generation += 1) {
    const nowMs = Date.now();
    const expiry = Math.floor(nowMs / 1000);
    const values = [nowMs, expiry, expiry, address, id, generation];
    const { rowCount } = await pool.query({ name: 'move', text: MOVE_GENERATION, values });
    if (rowCount !== 1) throw new Error('a row did not change');
    changes += 1;
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const callers = Promise.all(Array.from({ length: atOnce }, rotateOne));
await wait(warmupMs);
const before = changes;
const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
await wait(measureMs);
const made = changes - before;
const perSecond = (made * 1000) / (performance.now() - startedMs);
const { user, system } = process.cpuUsage(cpuBefore);
endMs = 0;
await callers;
await pool.end();
serveFigures({ perSecond, cpuMicrosPerAnswer: (user + system) / made });
