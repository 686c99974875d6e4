/** Runs the server: opens, listens, tells the operator what to do next, and ends in order. */

import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Config, withoutPassword } from './config.ts';
import { DatabaseUnreachable } from './database-choice.ts';
import { keepHouse } from './housekeeping.ts';
import type { CookieSettings, ServerSettings } from './http/deps.ts';
import { createLogOutput, LoggedEvents, type LogOutput } from './logging.ts';
import { reportSettings } from './server-report.ts';
import { StartFault } from './start-fault.ts';
import type { WaitingRoom } from './waiting-room.ts';
import { ensureFirstUser, openSallyport, type Sallyport } from './wiring.ts';

/** In-flight requests get this long after SIGTERM. */
export const SHUTDOWN_GRACE_MS = 10_000;
const IDLE_SWEEP_INTERVAL_MS = 20;
/** Between two tries to reach the database at the start. */
const RETRY_INTERVAL_MS = 1_000;
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;
/** Where the first start, the image and a packed release put what is built of it. */
const CONSOLE_FOLDER = join(import.meta.dirname, '../console/dist');
const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Resolves when the server has been told to stop and has stopped.
 * @throws StartFault
 */
export async function serve(config: Config, say: (line: string) => void): Promise<void> {
  // Listened for first: a signal that comes while the server starts must not kill it half-way.
  const toldToStop = untilToldToStop();
  const output = await createLogOutput(config.LOG_LEVEL);
  const { log } = output;
  endOnDefect(output);
  const sallyport = await openPatiently(config, log, toldToStop);
  if (sallyport === null) return endWith(output);
  let app: FastifyInstance;
  try {
    await ensureFirstUser(config, sallyport);
    app = await listen(config, sallyport, log);
  } catch (error) {
    await sallyport.close();
    throw error;
  }
  const stopHousekeeping = keepHouse(sallyport, log);
  await greet(config, sallyport, app, say);
  log.info({ event: 'server.started' }, `listening on ${addressOf(app)}`);
  warnIfInTheClear(config, log);
  warnIfSchemaIsNewer(sallyport, log);
  // Kept for the next start also when this process does not live to its end.
  flushCompileCache();

  const signal = await toldToStop;
  log.info({ event: 'server.stopping', signal }, `${signal}: finishing what is in flight`);
  stopHousekeeping();
  await closeWithin(app, SHUTDOWN_GRACE_MS);
  await sallyport.close();
  endWith(output);
}

function endWith({ log, droppedLines, flush }: LogOutput): never {
  const dropped_lines = droppedLines();
  log.info({ event: 'server.stopped', dropped_lines }, 'stopped');
  flush();
  // All is closed; a log line that nobody reads must not hold or fail the end.
  process.exit(0);
}

/**
 * While a PostgreSQL cannot be reached, something answers that says so, and it is tried again.
 * Null when the server was told to stop meanwhile.
 * @throws StartFault
 */
async function openPatiently(
  config: Config,
  log: Logger,
  toldToStop: Promise<string>,
): Promise<Sallyport | null> {
  let waitingRoom: WaitingRoom | null = null;
  try {
    for (;;) {
      try {
        return await openSallyport(config, new LoggedEvents(log));
      } catch (error) {
        if (!(error instanceof DatabaseUnreachable)) throw error;
        const event = 'server.database_unreachable';
        log.warn({ event, reason: error.message }, 'not ready; trying again');
        waitingRoom ??= await openWaitingRoom(config);
        if (await isToldWithin(RETRY_INTERVAL_MS, toldToStop)) return null;
      }
    }
  } finally {
    await waitingRoom?.close();
  }
}

async function openWaitingRoom(config: Config): Promise<WaitingRoom> {
  const { WaitingRoom } = await import('./waiting-room.ts');
  try {
    return await WaitingRoom.open(config);
  } catch (fault) {
    throw listenFault(config, fault as NodeJS.ErrnoException);
  }
}

async function isToldWithin(ms: number, toldToStop: Promise<string>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  const told = await Promise.race([toldToStop, pause]);
  clearTimeout(timer);
  return told !== null;
}

async function listen(config: Config, sallyport: Sallyport, log: Logger): Promise<FastifyInstance> {
  // Fastify is loaded here because no other command needs it.
  const { createServer } = await import('./http/server.ts');
  const app = await createServer(sallyport, serverSettings(config), log);
  try {
    await app.listen({ host: config.HOST, port: config.PORT });
    return app;
  } catch (error) {
    throw listenFault(config, error as NodeJS.ErrnoException);
  }
}

/** What of the configuration the listener needs. */
export function serverSettings(config: Config): ServerSettings {
  const trustedProxies = config.TRUSTED_PROXIES;
  return {
    corsOrigins: config.CORS_ALLOWED_ORIGINS,
    trustedProxies,
    appName: config.APP_NAME,
    report: () => reportSettings(config),
    cookies: { secure: cookieSecurity(config), domain: config.COOKIE_DOMAIN },
    // A proxy that we are told of makes its clients look local.
    allowsLocalCalls: config.LOCAL_ADMIN_CALLS === 'auto' && trustedProxies.length === 0,
    consoleFolder: CONSOLE_FOLDER,
  };
}

/** Browsers keep no `Secure` cookie that came over plain http; on this machine there is no wire. */
function cookieSecurity({ COOKIE_SECURE, HOST }: Config): CookieSettings['secure'] {
  if (COOKIE_SECURE !== null) return COOKIE_SECURE ? 'always' : 'never';
  return LOOPBACK_HOST.test(HOST) ? 'unless_plain_http' : 'always';
}

function listenFault({ HOST, PORT }: Config, error: NodeJS.ErrnoException): unknown {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartFault(
        `PORT ${PORT} on ${HOST} is taken by another program; stop it, or set PORT to another one`,
      );
    case 'EACCES':
      return new StartFault(
        `PORT ${PORT} needs more rights than this user has; set PORT above 1023`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartFault(`HOST ${HOST} is not an address of this machine; try 127.0.0.1`);
    default:
      return error;
  }
}

/** What a person who has just started it wants to know. Goes to the terminal, not to the log. */
async function greet(
  config: Config,
  { admin }: Sallyport,
  app: FastifyInstance,
  say: (line: string) => void,
): Promise<void> {
  const url = addressOf(app);
  const lines = [
    `Sallyport listens on ${url}`,
    `Its console is at ${url}/console`,
    `Its data is in ${whereDataIs(config)}`,
  ];
  const hasAdmin = await admin.exists();
  if (!hasAdmin) {
    const { allowsLocalCalls } = serverSettings(config);
    const how = allowsLocalCalls ? 'in the console, or with' : 'from this machine:';
    lines.push('', `There is no admin yet. Create it ${how}`, '  npx sallyport admin create');
  }
  if (!hasAdmin && serverSettings(config).allowsLocalCalls) {
    lines.push(
      'or with curl:',
      `  curl -X POST ${url}/auth/admin -H 'Content-Type: application/json' \\`,
      `    -d '{"password":"<12 or more: upper, lower, digit, special>"}'`,
    );
  }
  say(lines.join('\n'));
}

function whereDataIs({ DATA_DIR, DATABASE_URL }: Config): string {
  return DATABASE_URL === null ? DATA_DIR : withoutPassword(DATABASE_URL);
}

function addressOf(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === 'string') return String(address);
  const isAll = address.address === '::' || address.address === '0.0.0.0';
  const host = isAll ? 'localhost' : address.address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/**
 * A second signal changes nothing: npm passes one on that the whole group has already had, and
 * what was promised to the first one is kept.
 */
function untilToldToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of END_SIGNALS) process.on(signal, () => resolve(signal));
  });
}

/**
 * A defect ends the process, because what it has left behind is unknown; what was acknowledged is
 * on disk. Last words go to the log, where the operator looks.
 */
function endOnDefect({ log, flush }: LogOutput): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ event: 'server.defect', err: error }, 'ending after an unexpected error');
    flush();
    process.exit(1);
  });
}

/** Passwords and tokens in plain HTTP are for this machine, or for the way from a proxy on it. */
function warnIfInTheClear({ HOST, TRUSTED_PROXIES }: Config, log: Logger): void {
  const isLoopback = HOST === 'localhost' || HOST === '::1' || HOST.startsWith('127.');
  if (isLoopback || TRUSTED_PROXIES.length > 0) return;
  log.warn(
    { event: 'server.without_tls' },
    `HOST ${HOST} can be reached from other machines, and nothing says that TLS is in front. ` +
      'Put a proxy with TLS before it and name its address in TRUSTED_PROXIES.',
  );
}

/** After a way back: all is well, but the newer release is expected to return. */
function warnIfSchemaIsNewer({ database: { newerMigrations } }: Sallyport, log: Logger): void {
  if (newerMigrations.length === 0) return;
  log.warn(
    { event: 'server.schema_newer', migrations: newerMigrations },
    'a newer release has migrated the database, and says that this one may work on it',
  );
}

/** Stops accepting, lets requests finish, and cuts those that take too long. */
export async function closeWithin(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  // A connection that was busy at the signal stays open after its answer, waiting for another.
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_INTERVAL_MS);
  await app.close();
  clearInterval(sweep);
  clearTimeout(cut);
}
