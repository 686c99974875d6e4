/**
 * Runs transitions on PostgreSQL: each in a transaction of its own, on one connection of a bounded
 * pool, at READ COMMITTED, which the statements and locks.ts are written for. What two transactions
 * refuse each other is tried again a few times; what may or may not have been committed is never
 * reported as done.
 *
 * Loaded only when `DATABASE_URL` is set.
 */

import pg from 'pg';
import type { Clock } from '../core/ports.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { CHANGES_CHANNEL, PostgresForeignChanges } from './postgres-changes.ts';
import {
  asAnswerOrFault,
  ConnectionFault,
  isConflict,
  storageBusy,
  toStorageError,
} from './postgres-faults.ts';
import { PostgresGroups } from './postgres-groups.ts';
import { getTypeParser } from './postgres-types.ts';
import type {
  CompiledStatement,
  Database,
  Row,
  Step,
  StepResult,
  Transition,
} from './transition.ts';

/** As long as `Repository` promises to wait before `storage_busy`. */
const BUSY_DEADLINE_MS = 5_000;
/** Enough to keep a few cores of the database busy; ten servers stay below its usual hundred. */
const MAX_CONNECTIONS = 10;
/** Callers that wait for a connection; whoever comes after them is refused at once. */
const MAX_WAITING = 1_000;
const IDLE_CONNECTION_MS = 60_000;
/** How often a transition that was refused for another's sake runs again. */
const MAX_RETRIES = 3;
/** How much longer we wait for an answer than the server is told to take: it may be gone. */
const ANSWER_MARGIN_MS = 1_000;

const NOW_MS = 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms';
const BEGIN = 'begin isolation level read committed read write';
const BEGIN_VIEW = 'begin isolation level repeatable read read only';
/** A database may be told to forget commits in a crash. Ours are answered for. */
const KEEP_COMMITS = `select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') = 'off'`;

const NOTIFY = 'select pg_notify($1, $2)';

const NOTHING: StepResult = { rows: [], changes: 0, nowMs: 0 };

export interface PostgresOptions {
  /** In place of the database's own, for tests that move it. */
  readonly clock?: Clock | undefined;
  /** How long a transition waits for a connection, a lock or an answer. */
  readonly busyDeadlineMs?: number | undefined;
}

export class PostgresDatabase implements Database {
  readonly clock: Clock;
  readonly foreignChanges: PostgresForeignChanges;
  readonly newerMigrations: readonly string[];
  readonly #pool: pg.Pool;
  readonly #clock: Clock | null;
  readonly #groups: PostgresGroups;
  readonly #heardMs = new WeakMap<pg.PoolClient, number>();
  /** When a connection was last found to be dead, on the monotonic clock. */
  #lostMs = Number.NEGATIVE_INFINITY;

  private constructor(
    pool: pg.Pool,
    { clock, busyDeadlineMs }: { clock: Clock | null; busyDeadlineMs: number },
    found: Pick<PostgresDatabase, 'foreignChanges' | 'newerMigrations'>,
  ) {
    this.#pool = pool;
    pool.on('connect', (client) => void this.#heardMs.set(client, performance.now()));
    this.#clock = clock;
    this.clock = clock ?? { nowMs: () => Date.now() };
    this.foreignChanges = found.foreignChanges;
    this.newerMigrations = found.newerMigrations;
    this.#groups = new PostgresGroups({
      run: (statement, values) => this.#runGrouped(statement, values),
      busy: () => storageBusy(),
      maxWaiting: MAX_WAITING,
      deadlineMs: busyDeadlineMs,
    });
  }

  /**
   * Connects and brings the database to this release's schema.
   * @throws NewerSchemaError, or the driver's error when there is no such database to be had
   */
  static async open(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
    const { clock = null, busyDeadlineMs = BUSY_DEADLINE_MS } = options;
    const config = connectionTo(url, busyDeadlineMs);
    const newerMigrations = await migratePostgres(config);
    const pool = new pg.Pool({
      ...config,
      max: MAX_CONNECTIONS,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      // Several statements travel together where nobody waits for the first one's result.
      pipeline: true,
      statement_timeout: busyDeadlineMs,
      query_timeout: busyDeadlineMs + ANSWER_MARGIN_MS,
      onConnect: async (client) => void (await client.query(KEEP_COMMITS)),
    });
    // Without a listener the loss of a connection would end the process. Whoever uses it is told.
    pool.on('connect', (client) => void client.on('error', () => undefined));
    pool.on('error', () => undefined);
    const foreignChanges = new PostgresForeignChanges(config);
    const found = { foreignChanges, newerMigrations };
    return new PostgresDatabase(pool, { clock, busyDeadlineMs }, found);
  }

  async write<T>(body: () => Transition<T>): Promise<T> {
    const done = await this.#writeInGroup(body);
    if (done !== null) return done.value;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#withConnection((run) => run.transaction(BEGIN, body));
      } catch (error) {
        if (attempt >= MAX_RETRIES || !isConflict(error)) throw toStorageError(error);
      }
    }
  }

  /**
   * Null for a body that does not ask for it, or finds nothing to be done that way. What PostgreSQL
   * refuses the group may be the fault of one of them: each then tries by itself.
   */
  async #writeInGroup<T>(body: () => Transition<T>): Promise<{ value: T } | null> {
    const transition = body();
    const step = transition.next();
    if (step.done || step.value.kind !== 'grouped') return null;
    const { statement, values } = step.value;
    try {
      const row = await this.#groups.ask(statement.postgres, values());
      if (row === undefined) return null;
      const end = transition.next({ ...NOTHING, rows: [row] });
      if (!end.done) throw new Error('what a group has done is the whole transition');
      return { value: end.value };
    } catch (error) {
      if (isConflict(error)) return null;
      const fault = toStorageError(error);
      if (fault === error && error instanceof pg.DatabaseError) return null;
      throw fault;
    }
  }

  async #runGrouped(statement: CompiledStatement, values: Row): Promise<readonly Row[]> {
    const clockMs = this.#clock?.nowMs() ?? null;
    const query = { name: statement.name, text: statement.sql };
    const bound = statement.bind({ ...values, clockMs });
    const { rows } = await this.#withConnection((run) => run.query({ ...query, values: bound }));
    return rows;
  }

  async read<T>(body: () => Transition<T>): Promise<T> {
    try {
      return await this.#withConnection(async (run) => {
        const single = await run.single(body);
        return single === null ? run.transaction(BEGIN_VIEW, body) : single.value;
      });
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async ping(): Promise<void> {
    try {
      await this.#withConnection((run) => run.query('select 1 from settings limit 1'));
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async close(): Promise<void> {
    await this.foreignChanges.close();
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #withConnection<T>(work: (run: ConnectionRun) => Promise<T>): Promise<T> {
    if (this.#pool.ending) throw new Error('the database has been closed');
    if (this.#pool.waitingCount >= MAX_WAITING) throw storageBusy();
    const client = await this.#connect();
    try {
      const result = await work(new ConnectionRun(client, this.#clock));
      this.#heardMs.set(client, performance.now());
      return result;
    } catch (error) {
      if (error instanceof ConnectionFault) this.#lostMs = performance.now();
      throw error;
    } finally {
      // Whatever is left open on it would be the next one's: such a connection is closed.
      client.release(client.getTransactionStatus() !== 'I');
    }
  }

  /**
   * Where one connection has died, those that nothing was heard on since are not trusted: when the
   * other end is gone without a word, each of them would keep a caller waiting for its own timeout.
   */
  async #connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect().catch((error: Error) => {
        throw asConnectFault(error);
      });
      if ((this.#heardMs.get(client) ?? 0) >= this.#lostMs) return client;
      client.release(true);
    }
  }
}

/** What is said to every connection, also the one that migrates. */
function connectionTo(url: string, busyDeadlineMs: number): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'sallyport',
    connectionTimeoutMillis: busyDeadlineMs,
    lock_timeout: busyDeadlineMs,
    idle_in_transaction_session_timeout: busyDeadlineMs,
    keepAlive: true,
    types: { getTypeParser },
  };
}

/** All connections in use for too long is a matter of load; no connection to be had is a fault. */
function asConnectFault(error: Error): unknown {
  if (error.message === 'timeout exceeded when trying to connect') return storageBusy(error);
  return asAnswerOrFault(error);
}

/** One use of one connection. */
class ConnectionRun {
  readonly #client: pg.PoolClient;
  readonly #clock: Clock | null;
  /** Sent and not awaited; all of it is, before anything counts as done. */
  #unread: Promise<unknown>[] = [];
  /** The answer to BEGIN, which brings the time along; null once that time is used or old. */
  #began: Promise<pg.QueryResult> | null = null;

  constructor(client: pg.PoolClient, clock: Clock | null) {
    this.#client = client;
    this.#clock = clock;
  }

  async query(query: string | pg.QueryConfig): Promise<pg.QueryResult> {
    try {
      return await this.#client.query(query);
    } catch (error) {
      throw asAnswerOrFault(error);
    }
  }

  /**
   * A body of one statement needs no transaction to see one state of the database. Null when it
   * has more of them, and nothing has come of it.
   */
  async single<T>(body: () => Transition<T>): Promise<{ value: T } | null> {
    const transition = body();
    let statements = 0;
    let step = transition.next();
    while (!step.done) {
      if (step.value.kind !== 'now') statements += 1;
      if (statements > 1) return null;
      step = transition.next(await this.#perform(step.value));
    }
    return { value: step.value };
  }

  async transaction<T>(begin: string, body: () => Transition<T>): Promise<T> {
    try {
      this.#begin(begin);
      const transition = body();
      let step = transition.next();
      while (!step.done) step = transition.next(await this.#perform(step.value));
      await this.#commit();
      return step.value;
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
  }

  /** Nearly every transition needs the time, so it is asked for at once. */
  #begin(begin: string): void {
    if (this.#clock === null) this.#began = this.#send(`${begin};${NOW_MS}`);
    else this.#send(begin);
  }

  async #commit(): Promise<void> {
    this.#send('commit');
    const answers = await this.#settleUnread();
    // A transaction that has failed answers COMMIT with ROLLBACK, and that is no error to it.
    if ((answers.at(-1) as pg.QueryResult).command !== 'COMMIT') {
      throw new ConnectionFault(new Error('the transaction was not committed'));
    }
  }

  async #rollBack(): Promise<void> {
    await Promise.allSettled(this.#unread);
    if (this.#client.getTransactionStatus() === 'I') return;
    // If that fails as well, the connection is closed, which rolls back too.
    await this.#client.query('rollback').catch(() => undefined);
  }

  async #perform(step: Step): Promise<StepResult> {
    if (step.kind === 'now') return { ...NOTHING, nowMs: await this.#nowMs() };
    // It has been tried, and there was nothing to be done.
    if (step.kind === 'grouped') return NOTHING;
    if (step.kind === 'lock') {
      await this.#ask(step.lock, step.values);
      // It may have been a wait, and the time from before it is not the time now.
      this.#began = null;
      return { ...NOTHING, changes: 1 };
    }
    if (step.kind === 'notify') {
      this.#send({ name: 'notify', text: NOTIFY, values: [CHANGES_CHANNEL, step.message] });
      return NOTHING;
    }
    const { postgres } = step.statement;
    const values = postgres.bind(step.values);
    if (!step.isRead) {
      this.#send({ name: postgres.name, text: postgres.sql, values });
      return NOTHING;
    }
    const { rows, rowCount } = await this.#ask(postgres, values);
    return { rows, changes: rowCount ?? 0, nowMs: 0 };
  }

  async #nowMs(): Promise<number> {
    if (this.#clock !== null) return this.#clock.nowMs();
    const began = this.#began;
    this.#began = null;
    if (began !== null) {
      // Two statements in one text have two answers.
      const answers = (await began) as unknown as pg.QueryResult[];
      return Number(answers[1]?.rows[0].now_ms);
    }
    const { rows } = await this.#ask({ name: 'now', sql: NOW_MS }, []);
    return rows[0].now_ms;
  }

  async #ask(
    { name, sql }: Pick<CompiledStatement, 'name' | 'sql'>,
    values: readonly unknown[],
  ): Promise<pg.QueryResult> {
    this.#send({ name, text: sql, values: [...values] });
    return (await this.#settleUnread()).at(-1) as pg.QueryResult;
  }

  #send(query: string | pg.QueryConfig): Promise<pg.QueryResult> {
    const answer = this.query(query);
    answer.catch(() => undefined);
    this.#unread.push(answer);
    return answer;
  }

  /** Waits for all that was sent. Of several failures the first one is the reason of the others. */
  async #settleUnread(): Promise<unknown[]> {
    const sent = this.#unread;
    this.#unread = [];
    if (sent.length === 1) return [await sent[0]];
    const settled = await Promise.allSettled(sent);
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }
}
