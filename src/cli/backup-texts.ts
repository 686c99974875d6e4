/** How a backup is described, the same by the command that makes it and the one that reads it. */

import type { BackupDescription } from './backup-commands.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure } from './failures.ts';
import { toRfc3339 } from './times.ts';

export function backupJson(description: BackupDescription): object {
  const { file, bytes, madeAtMs, release, hasAdmin, users, sessions } = description;
  return {
    file,
    bytes,
    made_at: toRfc3339(madeAtMs),
    release,
    admin: hasAdmin,
    users,
    sessions,
    access_tokens: description.accessTokens,
    audit_events: description.auditEvents,
    server_params: description.holdsParams ? 'encrypted' : 'absent',
  };
}

/** What is in it, and where the server parameters are. */
export function backupText(description: BackupDescription): string[] {
  const { file, madeAtMs, release, hasAdmin, users, accessTokens, auditEvents } = description;
  const parts = [
    hasAdmin ? 'the admin' : 'no admin',
    counted(users, 'user'),
    counted(accessTokens, 'access token'),
    counted(auditEvents, 'audit event'),
  ];
  return [
    `${file} holds the database as it was at ${toRfc3339(madeAtMs)} (release ${release}):`,
    `${parts.join(', ')}.`,
    description.holdsParams
      ? 'It holds the server parameters, encrypted: keep PARAMS_KEY, and not in the same place.'
      : `It does not hold the server parameters: keep ${description.paramsName} too, and not in ` +
        'the same place.',
  ];
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** @throws CommandFailure where PostgreSQL's own tools do it */
export function requireEmbeddedDatabase(context: CommandContext, advice: string): void {
  if (!context.backups.isDatabaseShared()) return;
  throw new CommandFailure('postgresql_database', [
    `DATABASE_URL names a PostgreSQL database, and this command is for the embedded one: ${advice}`,
  ]);
}
