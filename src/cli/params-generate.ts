/** `sallyport params generate` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { writeOut } from './output.ts';

const ABOUT = `Print new server parameters in the form of server_params.btr.

They are random secrets and are kept nowhere: give them to every server of one
installation as SERVER_PARAMS_FILE. A server on the embedded database makes its
own and does not need this.`;

export function addParamsGenerate(params: OperatorCommand, context: CommandContext): void {
  params
    .addNew('generate')
    .summary('print new server parameters for SERVER_PARAMS_FILE')
    .description(ABOUT)
    .addHelpText(
      'after',
      `${examples('(umask 077; npx sallyport params generate > server_params.btr)')}
${EXIT_CODES}`,
    )
    .action(async () => {
      await writeOut(context, await context.generateParams());
    });
}
