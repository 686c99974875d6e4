/** The process: reads the configuration and hands the command line what it needs. */

import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import packageFile from '../package.json' with { type: 'json' };
import type { BackupCommands, MigrationCommands } from './cli/backup-commands.ts';
import type { CommandContext } from './cli/context.ts';
import type { MoveCommands } from './cli/move-commands.ts';
import { runCli } from './cli/program.ts';
import {
  type Config,
  readConfig,
  SETTINGS,
  type Setting,
  type SettingName,
  withoutPassword,
} from './config.ts';
import type { Actor } from './core/events.ts';
import { StartFault } from './start-fault.ts';

const context: CommandContext = {
  open: async () => {
    const { openSallyport } = await import('./wiring.ts');
    // Their answers say what they did; the audit trail has it all the same.
    const events = { record: () => undefined };
    return openSallyport(requireConfig(), events, { processActor: operator() });
  },
  serve: async () => {
    const { serve } = await import('./serve.ts');
    await serve(requireConfig(), (line) => process.stderr.write(`${line}\n`));
  },
  findConfigFaults,
  describeConfig,
  renewParams: async () => {
    const { renewParams } = await import('./renew-params.ts');
    return renewParams(requireConfig(), operator());
  },
  generateParams: async () => {
    const { formatParams, generateParams } = await import('./storage/params-file.ts');
    return formatParams(generateParams());
  },
  nameDataFolder,
  get backups() {
    return backupCommands();
  },
  get migrations() {
    return migrationCommands();
  },
  get moves() {
    return moveCommands();
  },
  listenForEnd,
  environment: process.env,
  nowMs: () => Date.now(),
  isDebugging,
  version: packageFile.version,
  // Opened when first used: an open stream costs time, and some keep the process alive.
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
};

function nameDataFolder(): string {
  const { DATABASE_URL, DATA_DIR } = requireConfig();
  return DATABASE_URL === null ? resolve(DATA_DIR) : withoutPassword(DATABASE_URL);
}

function backupCommands(): BackupCommands {
  const site = () => ({
    config: requireConfig(),
    release: packageFile.version,
    operator: operator(),
  });
  const load = () => import('./backups.ts');
  return {
    // Also when other settings are at fault: which tool is the right one does not depend on them.
    isDatabaseShared: () =>
      Boolean(process.env.DATABASE_URL?.trim() || process.env.DATABASE_URL_FILE?.trim()),
    make: async (file, options) => (await load()).makeBackup(site(), file, options),
    verify: async (file) => (await load()).verifyBackup(site(), file),
    restore: async (file) => (await load()).restoreBackup(site(), file),
  };
}

function migrationCommands(): MigrationCommands {
  const load = () => import('./schema-migrations.ts');
  return {
    list: async () => (await load()).listMigrations(requireConfig()),
    up: async () => (await load()).migrateUp(requireConfig()),
  };
}

function moveCommands(): MoveCommands {
  const load = () => import('./move-to-postgres.ts');
  return {
    run: async (to, options) => (await load()).moveToPostgres(requireConfig(to), options),
    // Of the folder, also where DATABASE_URL is set already.
    undo: async () => (await load()).undoMove(requireConfig()),
  };
}

function listenForEnd(): AbortSignal {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
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
function isDebugging(): boolean {
  const level = readConfig(process.env).config?.LOG_LEVEL ?? process.env.LOG_LEVEL;
  return level === 'debug' || level === 'trace';
}

/** Of the values one by one, then of what they mean together. */
async function findConfigFaults(): Promise<readonly string[]> {
  const { config, faults } = readConfig(process.env);
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
function requireConfig(databaseUrl: string | null = null): Config {
  const other = { DATABASE_URL: databaseUrl ?? undefined, DATABASE_URL_FILE: undefined };
  const environment = databaseUrl === null ? process.env : { ...process.env, ...other };
  const { config, faults } = readConfig(environment);
  if (config === null) throw new StartFault(...faults);
  return config;
}

function describeConfig() {
  const config = requireConfig();
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const setting: Setting<unknown> = SETTINGS[name];
    const value = config[name];
    const isSecret = 'isSecret' in setting && setting.isSecret === true;
    const isDefault = !process.env[name]?.trim() && process.env[`${name}_FILE`] === undefined;
    const plain = setting.show?.(value) ?? String(value ?? '');
    const shown = isSecret && !isDefault ? '(set)' : plain;
    return { name, value: shown, isDefault, meaning: setting.meaning };
  });
}

process.exitCode = await runCli(process.argv.slice(2), context);
