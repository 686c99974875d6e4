/**
 * A real PostgreSQL for tests, one server for all test files of a run and as many databases as
 * they like. It is started by whoever comes first (postgres-keeper.ts) and held by a connection
 * for as long as this process lives. `TEST_DATABASE_URL` names another one, whose user must be
 * allowed to create databases.
 */

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { postgresIdentity } from './postgres-binaries.ts';

const KEEPER = join(import.meta.dirname, 'postgres-keeper.ts');
const START_DEADLINE_MS = 60_000;
const RETRY_MS = 50;
/** A keeper that lost the race for the address is gone by then. */
const RESPAWN_MS = 3_000;

export interface TestDatabase {
  readonly url: string;
  /** It is not used any more: another test of this process may get it, emptied. */
  release(): void;
}

let held: Promise<string> | undefined;
const made: string[] = [];
const released: string[] = [];

/** A new database without any tables. */
export async function createTestDatabase(): Promise<string> {
  const server = await postgresUrl();
  const name = `sallyport_test_${process.pid}_${made.length + 1}`;
  made.push(name);
  await runSql(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * A database without rows, new or used before in this process: making one costs half a second
 * when the machine is busy, emptying one a few milliseconds.
 */
export async function takeTestDatabase(): Promise<TestDatabase> {
  const used = released.pop();
  if (used !== undefined) await runSql(used, EMPTY_ALL_TABLES);
  const url = used ?? (await createTestDatabase());
  return { url, release: () => void released.push(url) };
}

/** For the end of a test file. The server of the tests goes by itself, with all that is in it. */
export async function dropTestDatabases(): Promise<void> {
  const server = await postgresUrl();
  for (const name of made.splice(0)) {
    await runSql(server, `drop database if exists ${name} with (force)`);
  }
}

/**
 * They hold few rows, and each table that is truncated gets new files, which takes four times as
 * long. In one statement, so that what refers to what does not matter. The audit trail refuses to
 * be emptied, so its trigger looks away meanwhile.
 */
const EMPTY_ALL_TABLES = `do $$
  declare
    deletions text;
  begin
    select string_agg(format('%I as (delete from %1$I)', tablename), ', ') into deletions
      from pg_tables where schemaname = 'public' and tablename not like 'kysely%';
    alter table audit_events disable trigger audit_events_refuse_change;
    execute 'with ' || deletions || ' select';
    alter table audit_events enable always trigger audit_events_refuse_change;
    perform setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
      from pg_sequences where schemaname = 'public' and last_value is not null;
  end $$`;

/** The server's maintenance database, by a superuser. */
export function postgresUrl(): Promise<string> {
  held ??= process.env.TEST_DATABASE_URL
    ? Promise.resolve(process.env.TEST_DATABASE_URL)
    : holdKeptServer();
  return held;
}

/** Also a lock: the kernel lets one process listen here, and forgets it when that one dies. */
export function keeperAddress(): string {
  const name = `sallyport-postgres-${postgresIdentity()}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

export type SqlRow = Record<string, string | number | null>;

/** What the product does not do; on a connection of its own, `?` stands for a value. */
export async function runSql(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<SqlRow[]> {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser } });
  await client.connect();
  try {
    let position = 0;
    const numbered = text.replaceAll('?', () => {
      position += 1;
      return `$${position}`;
    });
    return (await client.query(numbered, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Numbers where SQLite gives numbers. */
function getTypeParser(oid: number) {
  return oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, 'text');
}

/** Starts the shared server unless it is there, and holds it for as long as this process lives. */
export async function holdKeptServer(): Promise<string> {
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  let spawnedMs = Number.NEGATIVE_INFINITY;
  while (performance.now() < deadlineMs) {
    const url = await askKeeper();
    if (url !== null) return url;
    if (performance.now() - spawnedMs > RESPAWN_MS) {
      spawnKeeper();
      spawnedMs = performance.now();
    }
    await wait(RETRY_MS);
  }
  throw new Error('no PostgreSQL for the tests could be started in time');
}

/** Null when there is no keeper, or it is just going. */
async function askKeeper(): Promise<string | null> {
  const socket = connect(keeperAddress());
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.endsWith('\n')) resolve(said);
  });
  socket.on('error', () => resolve(null));
  socket.once('close', () => resolve(null));
  const line = await promise;
  if (line === null) return null;
  const answer: { url: string } | { error: string } = JSON.parse(line);
  if ('error' in answer) throw new Error(answer.error);
  // It holds the server, and must not hold this process.
  socket.unref();
  return answer.url;
}

function spawnKeeper(): void {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const keeper = spawn(process.execPath, [KEEPER], { detached: true, stdio: 'ignore', env });
  keeper.unref();
}
