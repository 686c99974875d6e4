/**
 * The only wiring: configuration → storage → core. What is opened here is closed here.
 * Imports everything; nothing but the commands imports it.
 */

import { accessSync, constants as fsConstants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { AccessTokens } from './core/access-tokens.ts';
import { Admin } from './core/admin.ts';
import { AuditTrail } from './core/audit-trail.ts';
import { AuthSwitch } from './core/auth-switch.ts';
import { isRefusal } from './core/errors.ts';
import type { Actor } from './core/events.ts';
import { Maintenance } from './core/maintenance.ts';
import { Operations } from './core/operations.ts';
import { OwnSessions } from './core/own-sessions.ts';
import { PasswordChecks } from './core/password-checks.ts';
import type { Clock, SecurityEvents } from './core/ports.ts';
import { Principals } from './core/principals.ts';
import type { Repository } from './core/repository.ts';
import { SessionTokenIssuer } from './core/session-tokens.ts';
import { Sessions } from './core/sessions.ts';
import { Users } from './core/users.ts';
import { HmacAccessTokenCodec } from './crypto/access-token-codec.ts';
import { Hs256Signer } from './crypto/hs256.ts';
import { HmacNameHasher, systemClock, systemRandom } from './crypto/identifiers.ts';
import { QueuedPasswordHasher } from './crypto/password-queue.ts';
import { ARGON2ID_DEFAULTS } from './crypto/password-schemes.ts';
import { type PasswordEngine, PasswordThreads } from './crypto/password-threads.ts';
import { foreignParams, settleParams } from './server-params.ts';
import { StartFault } from './start-fault.ts';
import { NewerSchemaError } from './storage/migrate.ts';
import { fingerprintOf, type ServerParams } from './storage/params-file.ts';
import { SqliteDatabase } from './storage/sqlite.ts';
import { createRepository } from './storage/stored-repository.ts';

export const DATABASE_FILE_NAME = 'sallyport.db';

/** What commands and tests put in place; everything else is as in a server in production. */
export interface Replacements {
  /** Who acts when nobody asked for it over the network; the server unless this says so. */
  readonly processActor?: Actor;
  readonly clock?: Clock;
  readonly passwordEngine?: PasswordEngine;
  /** How long a transition waits for a database that others hold. */
  readonly busyDeadlineMs?: number;
}

export interface Sallyport {
  readonly accessTokens: AccessTokens;
  readonly admin: Admin;
  readonly auditTrail: AuditTrail;
  readonly authSwitch: AuthSwitch;
  readonly maintenance: Maintenance;
  readonly operations: Operations;
  readonly ownSessions: OwnSessions;
  readonly principals: Principals;
  readonly repository: Repository;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly database: SqliteDatabase;
  /** Writes what has gathered, checkpoints and closes the database. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the data folder and puts the domain together.
 * @throws StartFault with every reason why it cannot
 */
export async function openSallyport(
  config: Config,
  events: SecurityEvents,
  replacements: Replacements = {},
): Promise<Sallyport> {
  const clock = replacements.clock ?? systemClock;
  const { busyDeadlineMs, processActor = { kind: 'server' } } = replacements;
  const database = await openDatabase(config.DATA_DIR, clock, busyDeadlineMs);
  const repository = createRepository(database, { events, processActor });
  try {
    const params = await openParams(config, repository);
    const engine = replacements.passwordEngine ?? new PasswordThreads();
    const core = assembleCore({ config, repository, params, clock, engine });
    const close = async () => {
      // Last uses are a convenience: a full disk must not keep the server from closing.
      await core.maintenance.flushUses().catch(() => undefined);
      await engine.close();
      await database.close();
    };
    return { ...core, repository, database, close };
  } catch (error) {
    await database.close();
    throw explainStorageFault(error, config.DATA_DIR);
  }
}

/** What a server answers with 503 keeps it from starting, for a reason that is not in the code. */
function explainStorageFault(error: unknown, folder: string): unknown {
  const file = join(folder, DATABASE_FILE_NAME);
  if (isRefusal(error, 'storage_busy')) {
    return new StartFault(`${file} is held by another program; close it there and start again`);
  }
  if (!isRefusal(error, 'storage_unavailable')) return error;
  const reason = error.cause instanceof Error ? error.cause.message : 'the disk failed';
  return new StartFault(`${file} cannot be written: ${reason}`);
}

/** @throws StartFault */
export async function openDatabase(
  folder: string,
  clock: Clock,
  busyDeadlineMs?: number,
): Promise<SqliteDatabase> {
  requireWritableFolder(folder);
  const file = join(folder, DATABASE_FILE_NAME);
  try {
    return await SqliteDatabase.open(file, clock, busyDeadlineMs);
  } catch (error) {
    if (error instanceof NewerSchemaError) {
      throw new StartFault(
        `${file} was written by a newer release of Sallyport ` +
          `(it has ${error.unknownMigrations.join(', ')}); start that release, or restore a backup`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartFault(`${file} cannot be opened: ${reason}`);
  }
}

function requireWritableFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, fsConstants.R_OK | fsConstants.W_OK | fsConstants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StartFault(
      `DATA_DIR ${folder} cannot be written (${code}); make it writable or name another folder`,
    );
  }
}

async function openParams(config: Config, repository: Repository): Promise<ServerParams> {
  const params = settleParams(config.DATA_DIR, await repository.inspectDatabase(), {
    adminJwtSecret: config.ACTIAN_VECTORAI_JWT_SECRET,
    userTokenSecret: config.TOKEN_SECRET,
    allowWeak: config.ALLOW_WEAK_SECRETS,
  });
  const adopted = await repository.adoptDatabase({
    paramsFingerprint: fingerprintOf(params),
    authEnabledAtFirst: config.AUTH_ENABLED,
  });
  // Only if others took the database into use at this very moment.
  if (adopted === 'foreign') throw foreignParams(config.DATA_DIR);
  return params;
}

function assembleCore(parts: {
  config: Config;
  repository: Repository;
  params: ServerParams;
  clock: Clock;
  engine: PasswordEngine;
}) {
  const { config, repository, params, clock, engine } = parts;
  const issuer = config.APP_NAME;
  const random = systemRandom;
  const names = new HmacNameHasher(params.nameKey);
  const hasher = new QueuedPasswordHasher({
    engine,
    scheme: {
      algorithm: config.PASSWORD_HASH,
      bcryptCost: config.BCRYPT_COST,
      argon2id: ARGON2ID_DEFAULTS,
    },
  });
  const limits = {
    failuresPerAddress: config.LOGIN_FAILURES_PER_MINUTE,
    failuresPerAccount: config.ACCOUNT_FAILURES_PER_MINUTE,
  };
  const lifetimes = {
    accessTtlSeconds: config.ACCESS_TOKEN_EXPIRY * 60,
    refreshTtlSeconds: config.REFRESH_TOKEN_EXPIRY * 3600,
    maxAgeSeconds: config.SESSION_MAX_AGE_DAYS * 86_400,
    graceSeconds: config.REFRESH_GRACE_SECONDS,
  };
  const adminSigner = new Hs256Signer(params.adminJwtSecret);
  const userSigner = new Hs256Signer(params.userTokenSecret);
  const codec = new HmacAccessTokenCodec(params.accessTokenKey);

  const checks = new PasswordChecks({ repository, hasher, names, limits });
  const admin = new Admin({ repository, hasher, checks, adminSigner, clock, issuer });
  const tokens = new SessionTokenIssuer({ userSigner, clock, issuer });
  const accessTokens = new AccessTokens({ repository, codec, clock });
  const sessions = new Sessions({
    repository,
    hasher,
    checks,
    tokens,
    names,
    random,
    clock,
    lifetimes,
  });
  return {
    admin,
    accessTokens,
    authSwitch: new AuthSwitch({ repository }),
    auditTrail: new AuditTrail({ repository }),
    maintenance: new Maintenance({
      repository,
      accessTokens,
      auditRetentionDays: config.AUDIT_RETENTION_DAYS,
    }),
    operations: new Operations({ repository, checks }),
    ownSessions: new OwnSessions({ repository, hasher, checks, tokens, random, lifetimes }),
    principals: new Principals({ admin, accessTokens, repository, sessions }),
    sessions,
    users: new Users({ repository, hasher, checks }),
  };
}

/** Creates the user that the environment names, or sets its password again. */
export async function ensureFirstUser(config: Config, { users }: Sallyport): Promise<void> {
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = config;
  if (username === null || password === null) return;
  try {
    if ((await users.find(username)) === null) {
      await users.create({ username, password, role: 'ADMIN', origin: 'environment' });
    } else if (config.RESET_ADMIN_PASSWORD) {
      await users.setPassword(username, password);
    }
  } catch (error) {
    throw firstUserFault(error);
  }
}

function firstUserFault(error: unknown): unknown {
  if (isRefusal(error, 'username_rejected')) {
    return new StartFault(
      'ADMIN_USERNAME must have 3 to 50 characters, none of them invisible, and no space around it',
    );
  }
  if (isRefusal(error, 'password_rejected')) {
    const { rule } = error.details;
    const bound = rule.name === 'too_long' ? `at most ${rule.maxBytes} bytes` : null;
    return new StartFault(
      `ADMIN_PASSWORD must have ${bound ?? 'at least 8 characters, none of them NUL'}`,
    );
  }
  return error;
}
