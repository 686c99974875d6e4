/** `sallyport settings` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { SETTING_LISTING } from './setting-rows.ts';
import { eachOf, printRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const ABOUT = `Show what the server runs with: every setting, its value and its meaning.

With --url it is what the server there was started with; an access token may not
see it. Without it, it is what a server would be started with here, as \`config
check\` shows it, and the auth switch of the data folder. Secrets are shown as
"(set)".`;

export function addSettings(program: OperatorCommand, context: CommandContext): void {
  program
    .addNew('settings')
    .summary('show what the server runs with')
    .description(ABOUT)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
With --json the answer is one array with one setting a line: name, value (null
for none), default (whether it is), meaning.
${MANAGER_CREDENTIALS}
${examples('npx sallyport settings', 'npx sallyport settings --url https://auth.example.com')}
${EXIT_CODES}`,
    )
    .action((options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const { json = false } = options;
        const { lines, isAuthEnabled } = await target.readSettings();
        await printRows(context, json, SETTING_LISTING, eachOf(lines));
        const state = isAuthEnabled ? 'on' : 'off';
        if (!json) remark(context, `Auth enforcement is ${state} ${target.place}.`);
      }),
    );
}
