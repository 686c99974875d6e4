/** `sallyport config check` */

import type { CommandContext, ConfigLine } from './context.ts';
import { EXIT_CODES, examples } from './help-texts.ts';
import { requireSoundConfig } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { writeOut } from './output.ts';
import { eachOf, type Listing, printRows } from './tables.ts';

const ABOUT = `Check the settings in the environment and show what the server would run with.

Every fault is reported at once, one line each, among them names that are nearly
those of settings. Secrets are shown as "(set)". Nothing is opened, written or
started; what is in the data folder is checked when the server starts.`;

const SETTING_LISTING: Listing<ConfigLine> = {
  columns: [
    { title: 'SETTING', text: ({ name }) => name },
    { title: 'VALUE', text: ({ value }) => (value === '' ? '-' : value), isFlexible: true },
    { title: 'FROM', text: ({ isDefault }) => (isDefault ? 'default' : 'environment') },
    { title: 'MEANING', text: ({ meaning }) => meaning, isFlexible: true },
  ],
  toJson: settingJson,
};

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

function settingJson({ name, value, isDefault, meaning }: ConfigLine): object {
  return { name, value: value === '' ? null : value, default: isDefault, meaning };
}
