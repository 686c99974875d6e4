/**
 * The only wiring: configuration → storage → core. What is opened here is closed here.
 * Imports everything; nothing but the commands imports it.
 */

import type { Config } from './config.ts';
import { AccessTokens } from './core/access-tokens.ts';
import { Admin } from './core/admin.ts';
import { AuditFeed } from './core/audit-feed.ts';
import { AuditTrail } from './core/audit-trail.ts';
import { AuthSwitch } from './core/auth-switch.ts';
import { ConsoleSessions } from './core/console-sessions.ts';
import { isRefusal } from './core/errors.ts';
import type { Actor } from './core/events.ts';
import { Maintenance } from './core/maintenance.ts';
import { Operations } from './core/operations.ts';
import { OwnAccount } from './core/own-account.ts';
import { OwnSessions } from './core/own-sessions.ts';
import { PasswordChecks, type PasswordLimits } from './core/password-checks.ts';
import { PendingSignIns } from './core/pending-sign-ins.ts';
import type { Clock, SecurityEvents } from './core/ports.ts';
import { Principals } from './core/principals.ts';
import { ProviderProbes } from './core/provider-probes.ts';
import { ProviderSignIns } from './core/provider-sign-ins.ts';
import type { Repository } from './core/repository.ts';
import { SessionTokenIssuer } from './core/session-tokens.ts';
import { Sessions } from './core/sessions.ts';
import { SignInCounter } from './core/sign-in-series.ts';
import { UserExports } from './core/user-exports.ts';
import { UserImports } from './core/user-imports.ts';
import { Users } from './core/users.ts';
import { HmacAccessTokenCodec } from './crypto/access-token-codec.ts';
import { HmacConsoleSecretCodec } from './crypto/console-secret-codec.ts';
import { Hs256Signer } from './crypto/hs256.ts';
import { HmacNameHasher, systemClock, systemRandom } from './crypto/identifiers.ts';
import { QueuedPasswordHasher } from './crypto/password-queue.ts';
import { ARGON2ID_DEFAULTS } from './crypto/password-schemes.ts';
import { type PasswordEngine, PasswordThreads } from './crypto/password-threads.ts';
import { AesGcmSealer } from './crypto/sealed-text.ts';
import { explainStorageFault, nameDatabase, openDatabase } from './database-choice.ts';
import { OpenIdProvider } from './identity-providers/openid-provider.ts';
import {
  ParamsInDatabase,
  ParamsInEnvironment,
  ParamsInFolder,
  type ParamsPlace,
  paramsSealer,
} from './params-places.ts';
import { configuredProviders } from './provider-settings.ts';
import { foreignParams, settleParams } from './server-params.ts';
import { sessionLifetimes } from './session-lifetimes.ts';
import { StartFault } from './start-fault.ts';
import { fingerprintOf, type ServerParams } from './storage/params-file.ts';
import { createRepository } from './storage/stored-repository.ts';
import type { Database } from './storage/transition.ts';

/** What commands and tests put in place; everything else is as in a server in production. */
export interface Replacements {
  /** Who acts when nobody asked for it over the network; the server unless this says so. */
  readonly processActor?: Actor;
  /** For the domain and for the database, whose own clock counts otherwise on PostgreSQL. */
  readonly clock?: Clock;
  readonly passwordEngine?: PasswordEngine;
  /** How long a transition waits for a database that others hold. */
  readonly busyDeadlineMs?: number;
}

export interface Sallyport {
  readonly accessTokens: AccessTokens;
  readonly admin: Admin;
  readonly auditFeed: AuditFeed;
  readonly auditTrail: AuditTrail;
  readonly authSwitch: AuthSwitch;
  readonly consoleSessions: ConsoleSessions;
  readonly maintenance: Maintenance;
  readonly operations: Operations;
  readonly ownAccount: OwnAccount;
  readonly ownSessions: OwnSessions;
  readonly passwordChecks: PasswordChecks;
  readonly principals: Principals;
  readonly providerProbes: ProviderProbes;
  readonly providerSignIns: ProviderSignIns;
  readonly repository: Repository;
  readonly sessions: Sessions;
  readonly signInCounter: SignInCounter;
  readonly userExports: UserExports;
  readonly userImports: UserImports;
  readonly users: Users;
  readonly database: Database;
  /** Writes what has gathered and closes the database. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the database and puts the domain together.
 * @throws StartFault with every reason why it cannot
 */
export async function openSallyport(
  config: Config,
  events: SecurityEvents,
  replacements: Replacements = {},
): Promise<Sallyport> {
  const clock = replacements.clock ?? systemClock;
  const { processActor = { kind: 'server' } } = replacements;
  const database = await openDatabase(config, replacements);
  const repository = createRepository(database, { events, processActor });
  try {
    await requireUnmoved(config, repository);
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
    throw explainStorageFault(error, config);
  }
}

/** Where this configuration keeps the server parameters. */
export function paramsPlace(config: Config, repository: Repository): ParamsPlace {
  const { SERVER_PARAMS: given, DATABASE_URL: sharedDatabase, PARAMS_KEY: key } = config;
  if (given !== null) return new ParamsInEnvironment(given);
  if (sharedDatabase === null || key === null) return new ParamsInFolder(config.DATA_DIR);
  return new ParamsInDatabase(repository, paramsSealer(key));
}

/** A copy of the installation that is not, or not yet, the one in use. @throws StartFault */
export async function requireUnmoved(config: Config, repository: Repository): Promise<void> {
  const { movedTo, isInProgress } = await repository.inspectMove();
  const name = nameDatabase(config);
  if (isInProgress) {
    throw new StartFault(
      `${name} is the target of \`sallyport move\`, which has not come to its end; run it again`,
    );
  }
  if (movedTo === null) return;
  throw new StartFault(
    `${name} has been moved to ${movedTo}: set DATABASE_URL to that. What has happened there ` +
      'since is not here; `npx sallyport move --undo` has servers start here all the same',
  );
}

async function openParams(config: Config, repository: Repository): Promise<ServerParams> {
  const place = paramsPlace(config, repository);
  const params = await settleParams(place, await repository.inspectDatabase(), {
    adminJwtSecret: config.ACTIAN_VECTORAI_JWT_SECRET,
    userTokenSecret: config.TOKEN_SECRET,
    allowWeak: config.ALLOW_WEAK_SECRETS,
  });
  const adopted = await repository.adoptDatabase({
    paramsFingerprint: fingerprintOf(params),
    authEnabledAtFirst: config.AUTH_ENABLED,
  });
  // Only if others took the database into use at this very moment.
  if (adopted === 'foreign') throw foreignParams(place);
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
  const limits = passwordLimits(config);
  const lifetimes = sessionLifetimes(config);
  const adminSigner = new Hs256Signer(params.adminJwtSecret);
  const userSigner = new Hs256Signer(params.userTokenSecret);
  const codec = new HmacAccessTokenCodec(params.accessTokenKey);

  const checks = new PasswordChecks({ repository, hasher, names, limits, clock });
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
  const providers = configuredProviders(config).map((one) => new OpenIdProvider(one, clock));
  const auditTrail = new AuditTrail({ repository });
  const consoleSessions = new ConsoleSessions({
    repository,
    hasher,
    checks,
    names,
    random,
    codec: new HmacConsoleSecretCodec(params.nameKey),
  });
  return {
    admin,
    accessTokens,
    consoleSessions,
    authSwitch: new AuthSwitch({ repository }),
    auditFeed: new AuditFeed({ repository }),
    auditTrail,
    ownAccount: new OwnAccount({ repository, auditTrail }),
    maintenance: new Maintenance({
      repository,
      accessTokens,
      auditRetentionDays: config.AUDIT_RETENTION_DAYS,
    }),
    operations: new Operations({ repository, checks }),
    ownSessions: new OwnSessions({ repository, hasher, checks, tokens, random, lifetimes }),
    passwordChecks: checks,
    principals: new Principals({ admin, accessTokens, repository, sessions, consoleSessions }),
    providerProbes: new ProviderProbes({ providers, clock }),
    providerSignIns: new ProviderSignIns({
      repository,
      providers,
      redirectUris: googleRedirectUris(config),
      pending: new PendingSignIns({
        sealer: new AesGcmSealer(params.nameKey, 'pending sign-ins'),
        random,
        clock,
      }),
      tokens,
      random,
      lifetimes,
    }),
    sessions,
    signInCounter: new SignInCounter({ repository, clock }),
    userExports: new UserExports({ repository }),
    userImports: new UserImports({ repository, hasher, clock }),
    users: new Users({ repository, hasher, checks, random }),
  };
}

function passwordLimits(config: Config): PasswordLimits {
  return {
    failuresPerAddress: config.LOGIN_FAILURES_PER_MINUTE,
    failuresPerAccount: config.ACCOUNT_FAILURES_PER_MINUTE,
  };
}

/** Where a client may have had Google lead to. */
function googleRedirectUris(config: Config): readonly string[] {
  const { GOOGLE_CLIENT_REDIRECT_URL: own, GOOGLE_REDIRECT_URIS: further } = config;
  return own === null ? further : [own, ...further];
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
