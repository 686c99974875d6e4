/** `sallyport tokens delete` */

import { requireConfirmation } from './confirmations.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { OperatorTarget } from './operator-target.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { parseTokenId, tokenLabel } from './token-rows.ts';
import { requireToken } from './tokens-show.ts';

const ABOUT = `Delete an access token. Whatever uses it is refused at once, everywhere.`;

export function addTokensDelete(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('delete')
    .summary('delete an access token; it is dead at once')
    .description(ABOUT)
    .argument('<id>', 'its id, as `tokens list` shows it', parseTokenId)
    .option('-y, --yes', 'do it without asking')
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport tokens delete 3', 'npx sallyport tokens delete 3 --yes --json')}
${EXIT_CODES}`,
    )
    .action((id: number, options: TargetOptions & { yes?: boolean }) =>
      withTarget(context, options, async (target) => {
        const { json = false, yes = false } = options;
        const question = yes ? '' : await describeToken(target, id);
        await requireConfirmation(context, yes, question);
        await target.tokens.delete(id);
        await answer(context, json, {
          json: { id, deleted: true },
          text: `Access token ${id} has been deleted and is refused from now on.`,
        });
      }),
    );
}

/** Says which one it is, so that nobody deletes another by a slip of a digit. */
async function describeToken(target: OperatorTarget, id: number): Promise<string> {
  const token = await requireToken(target, id);
  return `This deletes access token ${tokenLabel(token)} (${token.permission}) ${target.place}.`;
}
