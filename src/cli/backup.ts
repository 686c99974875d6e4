/** `sallyport backup` */

import { backupJson, backupText, requireEmbeddedDatabase } from './backup-texts.ts';
import type { CommandContext } from './context.ts';
import { Interrupted } from './failures.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { requireSoundConfig } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { startProgressBar } from './progress-bar.ts';

const ABOUT = `Write a backup of the database to a file: as it is at one moment, while the
server goes on.

The file gets mode 0600 and is there when it is complete and has been read back,
or not at all. It is an SQLite database with one more line, which holds a
checksum and a seal: a backup that was damaged or changed is not restored.

The server parameters are in it when PARAMS_KEY is set, encrypted under that
key. Otherwise server_params.btr must be kept beside it: without the parameters
a backup cannot be restored. The command says which of the two it is.

With DATABASE_URL the database is PostgreSQL's; use pg_dump.`;

const PG_DUMP =
  'make the backup with `pg_dump --format=custom --file=FILE "$DATABASE_URL"`, and keep ' +
  'PARAMS_KEY or SERVER_PARAMS apart from it.';

export function addBackup(program: OperatorCommand, context: CommandContext): void {
  program
    .addNew('backup <file>')
    .summary('write a backup of the database while the server runs')
    .description(ABOUT)
    .option('-f, --force', 'overwrite the file if it is there')
    .answersInJson()
    .addHelpText(
      'after',
      `${SETTINGS}
${examples(
  'npx sallyport backup /mnt/backups/sallyport-$(date +%F).db',
  'npx sallyport backup backup.db --force --json',
)}
${EXIT_CODES}`,
    )
    .action(async (file: string, { json = false, force = false }: BackupOptions) => {
      requireEmbeddedDatabase(context, PG_DUMP);
      await requireSoundConfig(context);
      const bar = startProgressBar(context, 'Copying', !json);
      const end = context.listenForEnd();
      try {
        const made = await context.backups.make(file, { overwrites: force, end, report: bar.show });
        bar.end();
        if (made === 'cancelled') throw new Interrupted();
        await answer(context, json, { json: backupJson(made), text: backupText(made).join('\n') });
      } catch (error) {
        bar.end();
        throw error;
      }
    });
}

interface BackupOptions extends JsonOption {
  readonly force?: boolean;
}
