/** `sallyport migrate status` */

import type { MigrationLine } from './backup-commands.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { requireSoundConfig } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { type Listing, printRows } from './tables.ts';

const ABOUT = `List the migrations of the database schema and when each has run. Changes nothing.

Migrations go forward only. "missing" will run at the next start of a server, or
with \`migrate up\`. "newer" is of a newer release, and this one refuses to start;
"compatible" too, but that release says that this one may work on the database.`;

const MIGRATION_LISTING: Listing<MigrationLine> = {
  columns: [
    { title: 'MIGRATION', text: ({ name }) => name, isFlexible: true },
    { title: 'STATE', text: stateOf },
    { title: 'APPLIED', text: ({ appliedAt }) => appliedAt ?? '-' },
  ],
  toJson: (line) => ({ name: line.name, state: stateOf(line), applied_at: line.appliedAt }),
};

export function addMigrateStatus(migrate: OperatorCommand, context: CommandContext): void {
  migrate
    .addNew('status')
    .summary('list the migrations and which have run')
    .description(ABOUT)
    .answersInJson()
    .addHelpText(
      'after',
      `
With --json the answer is one array with one migration a line: name, state
(applied, missing, newer or compatible), applied_at.
${SETTINGS}
${examples('npx sallyport migrate status', 'npx sallyport migrate status --json')}
${EXIT_CODES}`,
    )
    .action(async ({ json = false }: JsonOption) => {
      await requireSoundConfig(context);
      const lines = await context.migrations.list();
      await printRows(context, json, MIGRATION_LISTING, each(lines ?? []));
      if (lines === null && !json) {
        const folder = context.nameDataFolder();
        remark(
          context,
          `There is no database in ${folder} yet; a start or \`migrate up\` makes it.`,
        );
      }
    });
}

function stateOf({ appliedAt, isKnown, isCompatible }: MigrationLine): string {
  if (!isKnown) return isCompatible ? 'compatible' : 'newer';
  return appliedAt === null ? 'missing' : 'applied';
}

async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}
