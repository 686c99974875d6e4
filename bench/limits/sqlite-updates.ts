/**
 * Durable row changes without a server: for each rotation the row that a session has and the row
 * that the audit trail gets, 64 of them to a commit with `synchronous = FULL`, and the raw fsync of
 * the disk beside it. Run as a process: `sqlite-updates.ts FILE AT_ONCE WARMUP_MS MEASURE_MS`.
 */

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import BetterSqlite3 from 'better-sqlite3';
import { Histogram } from '../load/histogram.ts';
import { serveFigures } from './served-figures.ts';

const [file = '', ...numbers] = process.argv.slice(2);
const [atOnce = 64, warmupMs = 1_000, measureMs = 1_000] = numbers.map(Number);

const connection = new BetterSqlite3(file);
connection.pragma('journal_mode = WAL');
connection.pragma('synchronous = FULL');
connection.exec(`
  create table sessions (id text primary key, generation integer not null,
    rotated_at_ms integer not null, access_expires_at_s integer not null,
    refresh_expires_at_s integer not null, last_address text not null) strict;
  create table audit_events (id integer primary key autoincrement, at_ms integer not null,
    name text not null, actor_id text, session_id text, address text) strict;`);
const insertSession = connection.prepare('insert into sessions values (?, 1, 0, 0, 0, ?)');
const moveGeneration = connection.prepare(`update sessions set generation = generation + 1,
  rotated_at_ms = ?, access_expires_at_s = ?, refresh_expires_at_s = ?, last_address = ?
  where id = ? and generation = ?`);
const insertEvent = connection.prepare(
  'insert into audit_events (at_ms, name, actor_id, session_id, address) values (?, ?, ?, ?, ?)',
);
const ids = Array.from({ length: atOnce }, () => crypto.randomUUID());
for (const id of ids) insertSession.run(id, '127.0.0.1');

let generation = 1;
const rotateAll = connection.transaction(() => {
  const nowMs = Date.now();
  for (const id of ids) {
    const expiry = Math.floor(nowMs / 1000);
    const { changes } = moveGeneration.run(nowMs, expiry, expiry, '127.0.0.1', id, generation);
    if (changes !== 1) throw new Error('a row did not change');
    insertEvent.run(nowMs, 'session.refreshed', '1', id, '127.0.0.1');
  }
  generation += 1;
});

function rotateFor(ms: number): number {
  const startedMs = performance.now();
  let changes = 0;
  while (performance.now() - startedMs < ms) {
    rotateAll.immediate();
    changes += atOnce;
  }
  return (changes * 1000) / (performance.now() - startedMs);
}

function measureFsync(): Histogram {
  const latencies = new Histogram();
  const descriptor = openSync(`${file}.fsync`, 'w');
  for (let count = 0; count < 200; count += 1) {
    const startedMs = performance.now();
    writeSync(descriptor, Buffer.alloc(4096), 0, 4096, 4096 * count);
    fsyncSync(descriptor);
    latencies.record((performance.now() - startedMs) * 1000);
  }
  closeSync(descriptor);
  return latencies;
}

rotateFor(warmupMs);
const perSecond = rotateFor(measureMs);
const fsyncs = measureFsync();
connection.close();
serveFigures({
  perSecond,
  fsyncP50Ms: fsyncs.quantileMs(0.5),
  fsyncP99Ms: fsyncs.quantileMs(0.99),
});
