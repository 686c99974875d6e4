/** `sallyport tokens rotate` */

import { MAX_OVERLAP_SECONDS } from '../core/access-tokens.ts';
import type { CommandContext } from './context.ts';
import { parseDuration } from './durations.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { toRfc3339 } from './times.ts';
import { giveOutToken, parseTokenId, tokenLabel } from './token-rows.ts';

const ABOUT = `Give an access token a new value, and print it this once.

The old value is refused at once, everywhere, or with --overlap after that time;
\`tokens end-overlap\` ends it earlier. One old value works at most: a rotation
during an overlap replaces it. Everything else stays as it is. An expired token
cannot be rotated.`;

interface RotateOptions extends TargetOptions {
  readonly overlap?: number;
}

export function addTokensRotate(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('rotate')
    .summary('give an access token a new value; the old one is dead at once or soon')
    .description(ABOUT)
    .argument('<id>', 'its id, as `tokens list` shows it', parseTokenId)
    .option('--overlap <time>', 'how long the old value works too, up to 30d', parseOverlap)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport tokens rotate 3 > token',
  'npx sallyport tokens rotate 3 --overlap 24h --json',
)}
${EXIT_CODES}`,
    )
    .action((id: number, options: RotateOptions) =>
      withTarget(context, options, async (target) => {
        const token = await target.tokens.rotate(id, options.overlap ?? 0);
        const { previous } = token;
        const old =
          previous === null
            ? 'is refused from now on'
            : `works until ${toRfc3339(previous.expiresAtMs)}`;
        const label = tokenLabel(token);
        const whatHappened = `Access token ${label} has a new value; the old one ${old}.`;
        await giveOutToken(context, options.json ?? false, token, whatHappened);
      }),
    );
}

function parseOverlap(text: string): number {
  return parseDuration(text, MAX_OVERLAP_SECONDS);
}
