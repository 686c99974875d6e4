/** `sallyport tokens edit` */

import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import {
  parseTokenDescription,
  parseTokenId,
  parseTokenName,
  tokenJson,
  tokenLabel,
} from './token-rows.ts';

const ABOUT = `Change the name or the description of an access token. Its value and its
permissions stay; for other permissions create another token.`;

interface EditOptions extends TargetOptions {
  readonly name?: string;
  readonly description?: string;
}

export function addTokensEdit(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('edit')
    .summary('change the name or description of an access token')
    .description(ABOUT)
    .argument('<id>', 'its id, as `tokens list` shows it', parseTokenId)
    .option('--name <name>', 'what it is for, such as nightly-import', parseTokenName)
    .option('--description <text>', "more about it; '' for nothing", parseTokenDescription)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport tokens edit 3 --name nightly-import',
  "npx sallyport tokens edit 3 --description 'the import at night' --json",
)}
${EXIT_CODES}`,
    )
    .action(async (id: number, options: EditOptions) => {
      const { name, description } = options;
      if (name === undefined && description === undefined) {
        const line = 'Say what to change: --name, --description or both.';
        throw new CommandFailure('usage', [line], EXIT.usage);
      }
      await withTarget(context, options, async (target) => {
        const texts = {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
        };
        const token = await target.tokens.edit(id, texts);
        await answer(context, options.json ?? false, {
          json: tokenJson(token, context.nowMs()),
          text: `Access token ${tokenLabel(token)} has been changed; its value stays.`,
        });
      });
    });
}
