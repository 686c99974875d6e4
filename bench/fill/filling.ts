/**
 * Fills an empty installation with as many users, sessions and access tokens as are asked for,
 * through the server's own wiring: its migrations, its parameters, its rules for names, its form of
 * access tokens. Only the rows go in by the page, and a page is what is in memory at once.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Config } from '../../src/config.ts';
import { usernameKey } from '../../src/core/usernames.ts';
import { HmacAccessTokenCodec } from '../../src/crypto/access-token-codec.ts';
import { systemRandom } from '../../src/crypto/identifiers.ts';
import { DATABASE_FILE_NAME, nameDatabase } from '../../src/database-choice.ts';
import { sessionLifetimes } from '../../src/session-lifetimes.ts';
import type { Dialect } from '../../src/storage/transition.ts';
import { openSallyport, paramsPlace, type Sallyport } from '../../src/wiring.ts';
import {
  insertAccessTokens,
  insertAuditEvents,
  insertSessions,
  insertUsers,
} from './bulk-inserts.ts';
import {
  accessTokenRow,
  type Scene,
  type SessionRow,
  seededDraws,
  sessionRows,
  signInEvent,
  usernameOf,
  userRow,
} from './generated-rows.ts';

/** Rows of a transaction: few enough for memory, enough that a commit costs little beside them. */
const PAGE_ROWS = 20_000;
/** A page of a slow disk. */
const PATIENCE_MS = 120_000;
/** The trail of the last day and no more. */
export const MAX_AUDIT_EVENTS = 100_000;
const SEED = 20_261_122;

export interface FillPlan {
  /** At least 1. */
  readonly users: number;
  readonly accessTokens: number;
  /** How many of the users, evenly, have been signed in; at most all. */
  readonly usersWithSessions: number;
  /** How many of the access tokens, evenly, are handed out as raw values; at most all. */
  readonly keptAccessTokens: number;
}

export interface Filled {
  readonly users: number;
  readonly sessions: number;
  readonly accessTokens: number;
  readonly auditEvents: number;
  /** Of everybody. */
  readonly password: string;
  /** Raw values of tokens that may do everything and do not expire. */
  readonly keptAccessTokens: readonly string[];
}

/** The installation holds something, or has been started before. */
export class NotEmptyFault extends Error {}

/** It was told to end. */
export class FillCancelled extends Error {
  constructor() {
    super('ended before it was complete; what it has written is still there');
  }
}

/** What a fill tells while it runs. */
export interface FillProgress {
  /** Shares are from 0 to 1. */
  readonly report: (share: number) => void;
  readonly end: AbortSignal;
}

/** @throws NotEmptyFault, FillCancelled, StartFault */
export async function fillInstallation(
  config: Config,
  plan: FillPlan,
  progress: FillProgress,
): Promise<Filled> {
  await requireEmpty(config);
  const sallyport = await openSallyport(
    config,
    { record: () => undefined },
    { busyDeadlineMs: PATIENCE_MS },
  );
  try {
    const filling = await Filling.begin(sallyport, config, plan, progress);
    await filling.fillUsers();
    await filling.fillAccessTokens();
    return filling.filled;
  } finally {
    await sallyport.close();
    if (config.DATABASE_URL !== null) await settlePostgres(config.DATABASE_URL);
  }
}

/** Whatever is there already is somebody's. */
async function requireEmpty(config: Config): Promise<void> {
  const isEmpty =
    config.DATABASE_URL === null
      ? !existsSync(join(config.DATA_DIR, DATABASE_FILE_NAME))
      : await hasNoTables(config.DATABASE_URL);
  if (isEmpty) return;
  throw new NotEmptyFault(
    `${nameDatabase(config)} is not empty, and only an empty one is filled; name another one`,
  );
}

function hasNoTables(url: string): Promise<boolean> {
  return onPostgres(url, async (client) => {
    const { rows } = await client.query(
      `select not exists (
         select 1 from pg_class
         where relkind = 'r' and relnamespace = current_schema()::regnamespace
       ) as is_empty`,
    );
    return rows[0].is_empty;
  });
}

/** What autovacuum would do soon, and in the middle of whatever comes next. */
async function settlePostgres(url: string): Promise<void> {
  await onPostgres(url, (client) => client.query('vacuum (analyze)'));
}

async function onPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

class Filling {
  readonly #sallyport: Sallyport;
  readonly #plan: FillPlan;
  readonly #progress: FillProgress;
  readonly #scene: Scene;
  readonly #codec: HmacAccessTokenCodec;
  readonly #password: string;
  readonly #dialect: Dialect;
  readonly #kept: string[] = [];
  #sessions = 0;
  #auditEvents = 0;
  #rows = 0;

  private constructor(parts: {
    sallyport: Sallyport;
    plan: FillPlan;
    progress: FillProgress;
    scene: Scene;
    codec: HmacAccessTokenCodec;
    password: string;
    dialect: Dialect;
  }) {
    this.#sallyport = parts.sallyport;
    this.#plan = parts.plan;
    this.#progress = parts.progress;
    this.#scene = parts.scene;
    this.#codec = parts.codec;
    this.#password = parts.password;
    this.#dialect = parts.dialect;
  }

  /** Creates the first user as an operator would; the others share what is stored of them. */
  static async begin(
    sallyport: Sallyport,
    config: Config,
    plan: FillPlan,
    progress: FillProgress,
  ): Promise<Filling> {
    const { repository, users } = sallyport;
    const password = `Filled-${randomBytes(12).toString('hex')}`;
    const username = usernameOf(0);
    await users.create({ username, password, role: 'STANDARD', origin: 'operator' });
    const hash = (await repository.findUserByKey(usernameKey(username)))?.passwordHash;
    const [kind] = await repository.listPasswordKinds();
    const params = await paramsPlace(config, repository).read();
    if (!hash || kind === undefined || params === null) {
      throw new Error('what has just been stored is not there');
    }
    const scene: Scene = {
      nowMs: Date.now(),
      lifetimes: sessionLifetimes(config),
      password: { hash, kind },
      draw: seededDraws(SEED),
    };
    const codec = new HmacAccessTokenCodec(params.accessTokenKey);
    const dialect = config.DATABASE_URL === null ? 'sqlite' : 'postgres';
    return new Filling({ sallyport, plan, progress, scene, codec, password, dialect });
  }

  get filled(): Filled {
    return {
      users: this.#plan.users,
      sessions: this.#sessions,
      accessTokens: this.#plan.accessTokens,
      auditEvents: this.#auditEvents,
      password: this.#password,
      keptAccessTokens: this.#kept,
    };
  }

  async fillUsers(): Promise<void> {
    for (let first = 1; first < this.#plan.users; first += PAGE_ROWS) {
      const indexes = range(first, Math.min(first + PAGE_ROWS, this.#plan.users));
      await this.#writeUsers(indexes);
      this.#advance(indexes.length);
    }
  }

  async fillAccessTokens(): Promise<void> {
    const { accessTokens, keptAccessTokens } = this.#plan;
    const dialect = this.#dialect;
    for (let first = 0; first < accessTokens; first += PAGE_ROWS) {
      const indexes = range(first, Math.min(first + PAGE_ROWS, accessTokens));
      const rows = indexes.map((index) => {
        const minted = this.#codec.mint();
        const isKept = isChosen(index, keptAccessTokens, accessTokens);
        if (isKept) this.#kept.push(minted.raw);
        return accessTokenRow(index, minted, isKept, this.#scene);
      });
      await this.#write(() => insertAccessTokens(rows, dialect));
      this.#advance(rows.length);
    }
  }

  async #writeUsers(indexes: readonly number[]): Promise<void> {
    const { users, usersWithSessions } = this.#plan;
    const [scene, dialect] = [this.#scene, this.#dialect];
    const rows = indexes.map((index) => ({ index, user: userRow(index, users, scene) }));
    let sessions: SessionRow[] = [];
    await this.#write(function* () {
      const ids = yield* insertUsers(
        rows.map(({ user }) => user),
        dialect,
      );
      sessions = rows
        .filter(({ index }) => isChosen(index, usersWithSessions, users))
        .flatMap(({ index, user }) => {
          const id = ids.get(user.username_key);
          if (id === undefined) throw new Error('an inserted user was not returned');
          const [place, isEnabled] = [index / users, user.is_enabled === 1];
          const owner = { id, place, role: user.role, isEnabled };
          return sessionRows(owner, scene, () => systemRandom.identifier());
        });
      yield* insertSessions(sessions, dialect);
    });
    this.#sessions += sessions.length;
    await this.#writeSignIns(sessions);
  }

  /** Of the first sessions, up to the bound. */
  async #writeSignIns(sessions: readonly SessionRow[]): Promise<void> {
    const dialect = this.#dialect;
    const events = sessions
      .slice(0, MAX_AUDIT_EVENTS - this.#auditEvents)
      .map((session) => signInEvent(session, randomUUID()));
    if (events.length === 0) return;
    await this.#write(() => insertAuditEvents(events, dialect));
    this.#auditEvents += events.length;
  }

  #write(body: Parameters<Sallyport['database']['write']>[0]): Promise<unknown> {
    if (this.#progress.end.aborted) throw new FillCancelled();
    return this.#sallyport.database.write(body);
  }

  #advance(rows: number): void {
    const { users, accessTokens } = this.#plan;
    this.#rows += rows;
    this.#progress.report(Math.min(1, this.#rows / Math.max(1, users - 1 + accessTokens)));
  }
}

/** Whether this one is among so many of all, chosen evenly. */
export function isChosen(index: number, chosen: number, count: number): boolean {
  return Math.floor(((index + 1) * chosen) / count) > Math.floor((index * chosen) / count);
}

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, offset) => from + offset);
}
