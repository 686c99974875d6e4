/**
 * What the commands are given, made of what a process is given: its environment and its streams.
 * Whatever a command may not need is loaded when it is asked for.
 */

import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import packageFile from '../package.json' with { type: 'json' };
import type { BackupCommands, MigrationCommands } from './cli/backup-commands.ts';
import type { CommandContext } from './cli/context.ts';
import type { MoveCommands } from './cli/move-commands.ts';
import {
  type Config,
  readConfig,
  SETTINGS,
  type Setting,
  type SettingName,
  shownValue,
  withoutPassword,
} from './config.ts';
import type { Actor } from './core/events.ts';
import { StartFault } from './start-fault.ts';

type Environment = NodeJS.ProcessEnv;

/** The part of `process` that commands work with. */
export interface Surroundings {
  readonly env: Environment;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

export function commandContext(surroundings: Surroundings): CommandContext {
  const { env } = surroundings;
  return {
    open: async () => {
      const { openSallyport } = await import('./wiring.ts');
      // Their answers say what they did; the audit trail has it all the same.
      const events = { record: () => undefined };
      return openSallyport(requireConfig(env), events, { processActor: operator() });
    },
    serve: async () => {
      const { serve } = await import('./serve.ts');
      await serve(requireConfig(env), (line) => surroundings.stderr.write(`${line}\n`));
    },
    findConfigFaults: () => findConfigFaults(env),
    describeConfig: () => describeConfig(env),
    renewParams: async () => {
      const { renewParams } = await import('./renew-params.ts');
      return renewParams(requireConfig(env), operator());
    },
    generateParams: async () => {
      const { formatParams, generateParams } = await import('./storage/params-file.ts');
      return formatParams(generateParams());
    },
    nameDataFolder: () => nameDataFolder(env),
    backups: backupCommands(env),
    migrations: migrationCommands(env),
    moves: moveCommands(env),
    listenForEnd: () => listenForEnd(surroundings),
    environment: env,
    nowMs: () => Date.now(),
    isDebugging: () => isDebugging(env),
    version: packageFile.version,
    // Opened when first used: an open stream costs time, and some keep the process alive.
    get stdin() {
      return surroundings.stdin;
    },
    get stdout() {
      return surroundings.stdout;
    },
    get stderr() {
      return surroundings.stderr;
    },
  };
}

function nameDataFolder(env: Environment): string {
  const { DATABASE_URL, DATA_DIR } = requireConfig(env);
  return DATABASE_URL === null ? resolve(DATA_DIR) : withoutPassword(DATABASE_URL);
}

function backupCommands(env: Environment): BackupCommands {
  const site = () => ({
    config: requireConfig(env),
    release: packageFile.version,
    operator: operator(),
  });
  const load = () => import('./backups.ts');
  return {
    // Also when other settings are at fault: which tool is the right one does not depend on them.
    isDatabaseShared: () => Boolean(env.DATABASE_URL?.trim() || env.DATABASE_URL_FILE?.trim()),
    make: async (file, options) => (await load()).makeBackup(site(), file, options),
    verify: async (file) => (await load()).verifyBackup(site(), file),
    restore: async (file) => (await load()).restoreBackup(site(), file),
  };
}

function migrationCommands(env: Environment): MigrationCommands {
  const load = () => import('./schema-migrations.ts');
  return {
    list: async () => (await load()).listMigrations(requireConfig(env)),
    up: async () => (await load()).migrateUp(requireConfig(env)),
  };
}

function moveCommands(env: Environment): MoveCommands {
  const load = () => import('./move-to-postgres.ts');
  return {
    run: async (to, options) => (await load()).moveToPostgres(requireConfig(env, to), options),
    // Of the folder, also where DATABASE_URL is set already.
    undo: async () => (await load()).undoMove(requireConfig(env)),
  };
}

function listenForEnd(surroundings: Surroundings): AbortSignal {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    surroundings.once(signal, () => end.abort());
  }
  return end.signal;
}

/** Whoever runs the command. In a container the account often has no name. */
function operator(): Actor {
  try {
    return { kind: 'operator', name: userInfo().username };
  } catch {
    return { kind: 'operator', name: null };
  }
}

/** Also when other settings are at fault, for that is when it is wanted. */
function isDebugging(env: Environment): boolean {
  const level = readConfig(env).config?.LOG_LEVEL ?? env.LOG_LEVEL;
  return level === 'debug' || level === 'trace';
}

/** Of the values one by one, then of what they mean together. */
async function findConfigFaults(env: Environment): Promise<readonly string[]> {
  const { config, faults } = readConfig(env);
  if (config === null) return faults;
  const { findSecretFaults } = await import('./server-params.ts');
  return findSecretFaults({
    adminJwtSecret: config.ACTIAN_VECTORAI_JWT_SECRET,
    userTokenSecret: config.TOKEN_SECRET,
    allowWeak: config.ALLOW_WEAK_SECRETS,
  });
}

/**
 * As if `databaseUrl` had been set, if there is one.
 * @throws StartFault with every fault of the environment
 */
function requireConfig(env: Environment, databaseUrl: string | null = null): Config {
  const other = { DATABASE_URL: databaseUrl ?? undefined, DATABASE_URL_FILE: undefined };
  const { config, faults } = readConfig(databaseUrl === null ? env : { ...env, ...other });
  if (config === null) throw new StartFault(...faults);
  return config;
}

function describeConfig(env: Environment) {
  const config = requireConfig(env);
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const setting: Setting<unknown> = SETTINGS[name];
    const isDefault = !env[name]?.trim() && env[`${name}_FILE`] === undefined;
    const value = shownValue(setting, config[name], isDefault);
    return { name, value, isDefault, meaning: setting.meaning };
  });
}
