/** `sallyport tokens end-overlap` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { parseTokenId, tokenJson, tokenLabel } from './token-rows.ts';
import { requireToken } from './tokens-show.ts';

const ABOUT = `End the overlap of a rotation now: the old value of the token is refused at
once, everywhere. The present value goes on.

\`tokens show\` says when the old value was last used: whoever still uses it is
shut out.`;

export function addTokensEndOverlap(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('end-overlap')
    .summary('end the old value of a rotated access token now')
    .description(ABOUT)
    .argument('<id>', 'its id, as `tokens list` shows it', parseTokenId)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport tokens end-overlap 3', 'npx sallyport tokens end-overlap 3 --json')}
${EXIT_CODES}`,
    )
    .action((id: number, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const before = await requireToken(target, id);
        const token = await target.tokens.endOverlap(id);
        await answer(context, options.json ?? false, {
          json: tokenJson(token, context.nowMs()),
          text:
            before.previous === null
              ? `Access token ${tokenLabel(token)} had no old value that works; nothing was changed.`
              : `The old value of access token ${tokenLabel(token)} is refused from now on.`,
        });
      }),
    );
}
