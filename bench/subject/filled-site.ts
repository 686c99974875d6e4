/**
 * Installations with as many users, sessions and access tokens as are asked for. They are kept in
 * an ignored folder and used again, by later runs too, until their tokens grow old or the schema
 * changes; what a measurement leaves in them the next one finds, at every size alike.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgressBar } from '../../src/cli/progress-bar.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { readSessionPairs, type SessionPair } from '../fill/filled-sessions.ts';
import { fillInstallation } from '../fill/filling.ts';
import type { Scope } from '../scope.ts';
import { hasDatabase, makeDatabase, startKeptPostgres } from './kept-postgres.ts';
import type { DatabaseKind } from './subject-server.ts';

const MIGRATIONS = join(import.meta.dirname, '../../src/storage/migrations');
/** Tokens that are handed out: more than a server keeps in memory. */
const KEPT_TOKENS = 100_000;
const DAY_MS = 86_400_000;
/** Sessions are at most 30 days old for a server with its defaults. */
const USABLE_MS = 14 * DAY_MS;
/** So that tokens outlive the days for which a site is kept. */
const LONG_LIVES = {
  ACCESS_TOKEN_EXPIRY: '43200',
  REFRESH_TOKEN_EXPIRY: '8760',
  SESSION_MAX_AGE_DAYS: '365',
};

/** What is kept beside the data. */
interface FillRecord {
  readonly filledAtMs: number;
  readonly accessTokens: readonly string[];
  /** On PostgreSQL. */
  readonly paramsKey: string;
}

export interface FilledSite {
  /** What a server on this data is started with. */
  readonly settings: Readonly<Record<string, string>>;
  /** Raw values of access tokens that may do everything, in no order. */
  readonly accessTokens: readonly string[];
  /** Tokens of at most `limit` live sessions, in no order, as they are now: no server must run. */
  readSessions(limit: number): Promise<readonly SessionPair[]>;
}

export class FilledSites {
  readonly #scope: Scope;
  readonly #folder: string;
  readonly #made = new Map<string, Promise<FilledSite>>();
  #postgres: Promise<string> | undefined;

  /** @param scope of the whole run */
  constructor(scope: Scope, folder: string) {
    this.#scope = scope;
    this.#folder = folder;
  }

  /** As many users, and as many access tokens. */
  get(kind: DatabaseKind, users: number): Promise<FilledSite> {
    const name = `${kind}_${users}_${newestMigration()}`;
    const making = this.#made.get(name) ?? this.#make(kind, users, name);
    this.#made.set(name, making);
    // What failed once is tried anew for the next measurement.
    making.catch(() => this.#made.delete(name));
    return making;
  }

  async #make(kind: DatabaseKind, users: number, name: string): Promise<FilledSite> {
    const folder = join(this.#folder, name);
    const database = kind === 'sqlite' ? null : await this.#database(`filled_${name}`);
    const kept = readRecord(folder);
    if (kept !== null && (database === null || database.isThere)) {
      return siteOf(folder, database?.url ?? null, kept);
    }
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await database?.clear();
    const paramsKey = randomBytes(32).toString('base64url');
    const settings = settingsOf(folder, database?.url ?? null, paramsKey);
    const bar = startProgressBar(process, `Filling ${users} users, ${kind}`, true);
    const filled = await fillInstallation(
      configOf({ ...settings, ...LONG_LIVES }),
      {
        users,
        accessTokens: users,
        usersWithSessions: users,
        keptAccessTokens: Math.min(users, KEPT_TOKENS),
      },
      { report: bar.show, end: new AbortController().signal },
    );
    bar.end();
    // Their public ids are random, so this is no order of the table.
    const accessTokens = filled.keptAccessTokens.toSorted();
    const record: FillRecord = { filledAtMs: Date.now(), accessTokens, paramsKey };
    writeFileSync(recordFile(folder), JSON.stringify(record), { mode: 0o600 });
    return siteOf(folder, database?.url ?? null, record);
  }

  async #database(name: string) {
    this.#postgres ??= startKeptPostgres(this.#scope);
    const server = await this.#postgres;
    const url = new URL(server);
    url.pathname = `/${name}`;
    return {
      url: url.href,
      isThere: await hasDatabase(server, name),
      clear: () => makeDatabase(server, name),
    };
  }
}

function siteOf(folder: string, databaseUrl: string | null, record: FillRecord): FilledSite {
  const settings = settingsOf(folder, databaseUrl, record.paramsKey);
  return {
    settings,
    accessTokens: record.accessTokens,
    readSessions: (limit) => readSessionPairs(configOf(settings), limit),
  };
}

function settingsOf(folder: string, databaseUrl: string | null, paramsKey: string) {
  if (databaseUrl === null) return { DATA_DIR: folder };
  return { DATA_DIR: folder, DATABASE_URL: databaseUrl, PARAMS_KEY: paramsKey };
}

function configOf(settings: Record<string, string>): Config {
  const { config, faults } = readConfig(settings);
  if (config === null) throw new Error(faults.join('; '));
  return config;
}

function recordFile(folder: string): string {
  return join(folder, 'filled.json');
}

/** Null when the fill has not come to its end, or was too long ago. */
function readRecord(folder: string): FillRecord | null {
  if (!existsSync(recordFile(folder))) return null;
  const record: FillRecord = JSON.parse(readFileSync(recordFile(folder), 'utf8'));
  return Date.now() - record.filledAtMs < USABLE_MS ? record : null;
}

/** Its number; a site of another schema is another site. */
function newestMigration(): string {
  const numbers = readdirSync(MIGRATIONS).flatMap((name) => /^\d{4}/.exec(name) ?? []);
  return numbers.sort().at(-1) ?? '0000';
}
