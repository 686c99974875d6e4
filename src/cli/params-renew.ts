/** `sallyport params renew` */

import { requireConfirmation } from './confirmations.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples } from './help-texts.ts';
import { requireSoundConfig } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer, remark } from './output.ts';

const COST = `It ends every session and every admin JWT. Access tokens stay listed, and each
works again only after it has been rotated. Users, passwords and the admin stay
as they are.`;

const ABOUT = `Start over with new server parameters (server_params.btr), when the file is
lost, damaged or known to others.

${COST}

Stop the server first: a running one goes on with the old parameters. The old
file, if there is one, is kept beside the new one. Putting back the right file
from a backup ends nothing; that is the better way when there is one.`;

export function addParamsRenew(params: OperatorCommand, context: CommandContext): void {
  params
    .addNew('renew')
    .summary('start over with new server parameters; ends every session')
    .description(ABOUT)
    .option('-y, --yes', 'do it without asking')
    .answersInJson()
    .addHelpText(
      'after',
      `${examples('npx sallyport params renew', 'npx sallyport params renew --yes --json')}
${EXIT_CODES}`,
    )
    .action(async ({ json = false, yes = false }: JsonOption & { yes?: boolean }) => {
      await requireSoundConfig(context);
      // A script that asked for JSON and said yes wants nothing else on either output.
      if (!json || context.stdin.isTTY) warn(context, yes);
      await requireConfirmation(context, yes, 'Is the server stopped, and is this wanted?');
      const { file, keptAs } = await context.renewParams();
      const kept = keptAs === null ? [] : [`The old file is kept as ${keptAs}.`];
      await answer(context, json, {
        json: { file, kept_as: keptAs },
        text: [`New server parameters are in ${file}.`, ...kept].join('\n'),
      });
    });
}

function warn(context: CommandContext, hasSaidYes: boolean): void {
  const folder = context.nameDataFolder();
  if (!hasSaidYes) remark(context, `This gives ${folder} new server parameters.\n${COST}`);
  remark(context, 'The server must be stopped: a running one keeps the old ones.');
}
