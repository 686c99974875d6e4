/** `sallyport config check` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples } from './help-texts.ts';
import { requireSoundConfig } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { writeOut } from './output.ts';
import { SETTING_LISTING } from './setting-rows.ts';
import { eachOf, printRows } from './tables.ts';

const ABOUT = `Check the settings in the environment and show what the server would run with.

Every fault is reported at once, one line each, among them names that are nearly
those of settings. Secrets are shown as "(set)". Nothing is opened, written or
started; what is in the data folder is checked when the server starts.`;

export function addConfigCheck(config: OperatorCommand, context: CommandContext): void {
  config
    .addNew('check')
    .summary('check the settings and show what the server would run with')
    .description(ABOUT)
    .answersInJson()
    .addHelpText(
      'after',
      `
With --json the answer is one array with one setting a line: name, value (null
for none), default (whether it is), meaning.
${examples('npx sallyport config check', 'PORT=80800 npx sallyport config check')}
${EXIT_CODES}`,
    )
    .action(async ({ json = false }: JsonOption) => {
      await requireSoundConfig(context);
      await printRows(context, json, SETTING_LISTING, eachOf(context.describeConfig()));
      if (!json) await writeOut(context, 'The settings are sound.\n');
    });
}
