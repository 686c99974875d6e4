/** `sallyport migrate up` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { requireSoundConfig } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';

const ABOUT = `Bring the database to the schema of this release, each migration in a
transaction of its own. A server does the same when it starts, so this is for
doing it at a moment of your choice.

There is no way back but a backup: make one first. Killed in the middle, the
migration that was running is rolled back; run the command again.`;

export function addMigrateUp(migrate: OperatorCommand, context: CommandContext): void {
  migrate
    .addNew('up')
    .summary('run the migrations that are missing')
    .description(ABOUT)
    .answersInJson()
    .addHelpText(
      'after',
      `${SETTINGS}
${examples('npx sallyport backup before.db && npx sallyport migrate up')}
${EXIT_CODES}`,
    )
    .action(async ({ json = false }: JsonOption) => {
      await requireSoundConfig(context);
      const applied = await context.migrations.up();
      const lines = applied.map((name) => `Applied ${name}.`);
      await answer(context, json, {
        json: { applied },
        text: lines.length === 0 ? 'The database is up to date.' : lines.join('\n'),
      });
    });
}
