/** `sallyport tokens rotate` */

import type { CommandContext } from './context.ts';
import { ADMIN_CREDENTIALS, EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { giveOutToken, parseTokenId, tokenLabel } from './token-rows.ts';

const ABOUT = `Give an access token a new value, and print it this once.

The old value is refused at once, everywhere; everything else stays as it is. An
expired token cannot be rotated.`;

export function addTokensRotate(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('rotate')
    .summary('give an access token a new value; the old one is dead at once')
    .description(ABOUT)
    .argument('<id>', 'its id, as `tokens list` shows it', parseTokenId)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: false })
    .addHelpText(
      'after',
      `${ADMIN_CREDENTIALS}
${examples('npx sallyport tokens rotate 3 > token', 'npx sallyport tokens rotate 3 --json')}
${EXIT_CODES}`,
    )
    .action((id: number, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const token = await target.tokens.rotate(id);
        const whatHappened = `Access token ${tokenLabel(token)} has a new value; the old one is refused from now on.`;
        await giveOutToken(context, options.json ?? false, token, whatHappened);
      }),
    );
}
