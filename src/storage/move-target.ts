/**
 * The PostgreSQL database that an installation is moved into, on one connection. Each page is a
 * transaction, in the order of the keys: so after an interruption the last row that is there says
 * where to go on.
 */

import pg from 'pg';
import { NewerSchemaError, OLDEST_SCHEMA_PREFIX } from './migrate.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { MOVE_IN_PROGRESS, type MoveInProgress, SEALED_PARAMS } from './move-marks.ts';
import {
  conditionsOf,
  keyOf,
  type MovedTable,
  PAGE_ROWS,
  pageSql,
  quoted,
  type Row,
} from './moved-tables.ts';
import { getTypeParser } from './postgres-types.ts';

const CONNECT_WAIT_MS = 5_000;
const LOCK_WAIT_MS = 5_000;
/** Any number will do that others in this database do not take. */
const MOVE_LOCK = 7_350_651_895;

export type TargetState =
  | { readonly is: 'empty' }
  | ({ readonly is: 'begun' } & MoveInProgress)
  /** It has rows, and no move has left them half done. */
  | { readonly is: 'used'; readonly paramsFingerprint: string | null };

/** Another move into the same database is under way. */
export class TargetLockedError extends Error {}

export class MoveTarget {
  readonly #client: pg.Client;
  readonly #config: pg.ClientConfig;

  private constructor(client: pg.Client, config: pg.ClientConfig) {
    this.#client = client;
    this.#config = config;
  }

  /** @throws TargetLockedError, or the driver's error */
  static async open(url: string): Promise<MoveTarget> {
    const config = {
      connectionString: url,
      application_name: 'sallyport move',
      connectionTimeoutMillis: CONNECT_WAIT_MS,
      lock_timeout: LOCK_WAIT_MS,
      keepAlive: true,
      types: { getTypeParser },
    };
    const client = new pg.Client(config);
    // Its loss also fails the statement that is running; without a listener it ends the process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      // The database may be told to forget commits in a crash, and the source is marked after them.
      await client.query('set synchronous_commit = on');
      const { rows } = await client.query('select pg_try_advisory_lock($1) as got', [MOVE_LOCK]);
      if (!rows[0].got) throw new TargetLockedError();
      return new MoveTarget(client, config);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  /** To this release's schema. Not before its state says that it is ours to change. */
  async migrate(): Promise<void> {
    const newer = await migratePostgres(this.#config);
    // A server may work there. Here whole tables are written, which must be those of the source.
    if (newer.length > 0) throw new NewerSchemaError(newer);
  }

  /** Also before the migrations have run. */
  async readState(tables: readonly MovedTable[]): Promise<TargetState> {
    const begun = await this.#setting(MOVE_IN_PROGRESS);
    if (begun !== null) return { is: 'begun', ...(JSON.parse(begun) as MoveInProgress) };
    for (const { name } of tables) {
      if ((await this.#exists(name)) && (await this.#hasRows(name))) {
        return { is: 'used', paramsFingerprint: await this.#setting('params_fingerprint') };
      }
    }
    return { is: 'empty' };
  }

  /**
   * Empties what an earlier move has left, and marks it so that no server starts. The settings
   * come with the mark: a server that starts at this very moment finds another one's fingerprint.
   */
  async begin(
    tables: readonly MovedTable[],
    move: MoveInProgress,
    settings: { readonly table: MovedTable; readonly rows: readonly Row[] },
  ): Promise<void> {
    await this.#transaction(async () => {
      const names = tables.map(({ name }) => quoted(name)).join(', ');
      await this.#client.query(`lock table ${names} in access exclusive mode`);
      await this.#withoutTrigger('audit_events', 'refuse_truncate', async () => {
        await this.#client.query(`truncate ${names} restart identity`);
      });
      await this.#insertRows(settings.table, settings.rows);
      await this.#insertSetting(MOVE_IN_PROGRESS, JSON.stringify(move));
    });
  }

  /** The next attempt begins anew instead of going on. */
  async distrust(move: MoveInProgress): Promise<void> {
    await this.#client.query('update settings set value = $2 where name = $1', [
      MOVE_IN_PROGRESS,
      JSON.stringify({ ...move, sourceChecksum: '' }),
    ]);
  }

  /** The key of the last row that is there; null when there is none. */
  async lastKey(table: MovedTable): Promise<Row | null> {
    const [condition = 'true'] = conditionsOf(table);
    const key = table.key.map(quoted);
    const { rows } = await this.#client.query<unknown[]>({
      text: `select ${key.join(', ')} from ${quoted(table.name)} where ${condition}
        order by ${key.map((one) => `${one} desc`).join(', ')} limit 1`,
      rowMode: 'array',
    });
    return (rows[0] as Row | undefined) ?? null;
  }

  async insert(table: MovedTable, rows: readonly Row[]): Promise<void> {
    await this.#transaction(async () => {
      if (table.name !== 'audit_events') return this.#insertRows(table, rows);
      // It would give new ids; these are known to whoever has followed the trail.
      await this.#withoutTrigger(table.name, 'enter', () => this.#insertRows(table, rows));
    });
  }

  async *pages(table: MovedTable): AsyncGenerator<readonly Row[]> {
    for (let after: Row | null = null; ; ) {
      const text = pageSql(table, after !== null, (position) => `$${position}`);
      const values = [...(after ?? [])];
      const answer = await this.#client.query<unknown[]>({ text, values, rowMode: 'array' });
      const page = answer.rows as unknown as Row[];
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      if (page.length < PAGE_ROWS) return;
      after = keyOf(table, last);
    }
  }

  /** The ids that are given next come after these. */
  async setGreatestIds(ids: readonly [table: string, id: number][]): Promise<void> {
    for (const [table, id] of ids.filter(([, greatest]) => greatest > 0)) {
      await this.#client.query(`select setval(pg_get_serial_sequence($1, 'id'), $2)`, [
        quoted(table),
        id,
      ]);
    }
  }

  /** From then on servers start on it. */
  async finish(sealedParams: string | null): Promise<void> {
    // The planner knows nothing of rows that came a moment ago.
    await this.#client.query('analyze');
    await this.#transaction(async () => {
      if (sealedParams !== null) await this.#insertSetting(SEALED_PARAMS, sealedParams);
      await this.#client.query('delete from settings where name = $1', [MOVE_IN_PROGRESS]);
    });
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #insertRows(table: MovedTable, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const { rows: known } = await this.#client.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, null) as type from pg_attribute
         where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
      [quoted(table.name)],
    );
    const types = new Map(known.map(({ name, type }) => [name, type]));
    const arrays = table.columns.map((column, index) => `$${index + 1}::${types.get(column)}[]`);
    await this.#client.query(
      `insert into ${quoted(table.name)} (${table.columns.map(quoted).join(', ')})
         overriding system value select * from unnest(${arrays.join(', ')})`,
      table.columns.map((_, index) => rows.map((row) => row[index])),
    );
  }

  async #insertSetting(name: string, value: string): Promise<void> {
    const text = 'insert into settings (name, value) values ($1, $2)';
    await this.#client.query(text, [name, value]);
  }

  /** Inside a transaction: killed in the middle, the trigger is there as before. */
  async #withoutTrigger(table: string, name: string, work: () => Promise<void>): Promise<void> {
    const trigger = `trigger ${table}_${name}`;
    await this.#client.query(`alter table ${table} disable ${trigger}`);
    await work();
    await this.#client.query(`alter table ${table} enable always ${trigger}`);
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    await this.#client.query('begin');
    try {
      await work();
      await this.#client.query('commit');
    } catch (error) {
      await this.#client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  async #exists(table: string): Promise<boolean> {
    const { rows } = await this.#client.query('select to_regclass($1) as found', [quoted(table)]);
    return rows[0].found !== null;
  }

  /** Other ones than those that a migration leaves in a database of nobody. */
  async #hasRows(table: string): Promise<boolean> {
    const where = table === 'settings' ? 'where not starts_with(name, $1)' : '';
    const text = `select exists (select 1 from ${quoted(table)} ${where}) as found`;
    const values = table === 'settings' ? [OLDEST_SCHEMA_PREFIX] : [];
    return (await this.#client.query(text, values)).rows[0].found;
  }

  async #setting(name: string): Promise<string | null> {
    if (!(await this.#exists('settings'))) return null;
    const text = 'select value from settings where name = $1';
    const { rows } = await this.#client.query(text, [name]);
    return rows[0]?.value ?? null;
  }
}
