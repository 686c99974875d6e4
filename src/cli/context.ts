/**
 * What commands are given: the outside world, and ways to open the domain that only the wiring
 * knows. Commands import core and nothing else of the server.
 */

import type { AccessTokens } from '../core/access-tokens.ts';
import type { Admin } from '../core/admin.ts';
import type { AuditFeed } from '../core/audit-feed.ts';
import type { AuditTrail } from '../core/audit-trail.ts';
import type { AuthSwitch } from '../core/auth-switch.ts';
import type { ConsoleSessions } from '../core/console-sessions.ts';
import type { Operations } from '../core/operations.ts';
import type { ProviderProbes } from '../core/provider-probes.ts';
import type { SignInCounter } from '../core/sign-in-series.ts';
import type { UserExports } from '../core/user-exports.ts';
import type { UserImports } from '../core/user-imports.ts';
import type { Users } from '../core/users.ts';
import type { BackupCommands, MigrationCommands } from './backup-commands.ts';
import type { MoveCommands } from './move-commands.ts';

/** The part of the domain that commands work with. */
export interface OpenedSallyport {
  readonly accessTokens: AccessTokens;
  readonly admin: Admin;
  readonly auditFeed: AuditFeed;
  readonly auditTrail: AuditTrail;
  readonly authSwitch: AuthSwitch;
  readonly consoleSessions: ConsoleSessions;
  readonly operations: Operations;
  readonly signInCounter: SignInCounter;
  readonly userExports: UserExports;
  readonly userImports: UserImports;
  readonly providerProbes: ProviderProbes;
  readonly users: Users;
  readonly close: () => Promise<void>;
}

export interface CommandContext {
  /** Opens the data folder for one command. @throws StartFault */
  readonly open: () => Promise<OpenedSallyport>;
  /** Runs the server until it is told to stop. @throws StartFault */
  readonly serve: () => Promise<void>;
  /** Every fault of the configuration, one line each; empty when it is sound. */
  readonly findConfigFaults: () => Promise<readonly string[]>;
  /** All settings as they would be used, secrets left out. @throws StartFault */
  readonly describeConfig: () => readonly ConfigLine[];
  /** Replaces the server parameters; the old file is kept beside the new one. @throws StartFault */
  readonly renewParams: () => Promise<{ file: string; keptAs: string | null }>;
  /** New server parameters as text, kept nowhere. */
  readonly generateParams: () => Promise<string>;
  readonly backups: BackupCommands;
  readonly migrations: MigrationCommands;
  readonly moves: MoveCommands;
  /** Which data the commands work on, as an operator would name it. @throws StartFault */
  readonly nameDataFolder: () => string;
  /** For what goes on until it is told to end: aborted at the first SIGINT or SIGTERM. */
  readonly listenForEnd: () => AbortSignal;
  /** Environment variables that are no settings of the server, such as SALLYPORT_TOKEN. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The time on this machine's clock, in milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Whether the operator asked for the inside of unexpected errors. */
  readonly isDebugging: () => boolean;
  readonly version: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface ConfigLine {
  readonly name: string;
  /** Empty when there is none. */
  readonly value: string;
  readonly isDefault: boolean;
  readonly meaning: string;
}

/** Exit codes; part of the documentation of the command line. */
export const EXIT = {
  done: 0,
  /** The command could not do its work; the reason is on standard error. */
  failed: 1,
  /** The command was called wrongly. */
  usage: 2,
  /** Ctrl-C; what shells report for a program that SIGINT ended. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
