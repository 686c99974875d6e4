/** `sallyport tokens show` */

import { SallyportError } from '../core/errors.ts';
import { toVisible } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { ListedToken, OperatorTarget } from './operator-target.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { parseTokenId, stateText, timeText, tokenJson } from './token-rows.ts';

const ABOUT = `Show one access token: what it may do, whether it works, when it was last used,
and until when its old value works too after a rotation with --overlap.

Never its value. Times are UTC. A running server writes last uses every few
seconds.`;

export function addTokensShow(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('show')
    .summary('show one access token')
    .description(ABOUT)
    .argument('<id>', 'its id, as `tokens list` shows it', parseTokenId)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport tokens show 3', 'npx sallyport tokens show 3 --json | jq .previous')}
${EXIT_CODES}`,
    )
    .action((id: number, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const token = await requireToken(target, id);
        const nowMs = context.nowMs();
        await answer(context, options.json ?? false, {
          json: tokenJson(token, nowMs),
          text: linesOf(token, nowMs).join('\n'),
        });
      }),
    );
}

/** @throws SallyportError `access_token_not_found` */
export async function requireToken(target: OperatorTarget, id: number): Promise<ListedToken> {
  const token = await target.tokens.find(id);
  if (token === null) throw new SallyportError('access_token_not_found', {});
  return token;
}

function linesOf(token: ListedToken, nowMs: number): string[] {
  const { previous } = token;
  const rows: [string, string][] = [
    ['id', String(token.id)],
    ['name', toVisible(token.name)],
    ['description', toVisible(token.description) || '-'],
    ['permissions', token.permission],
    ['state', stateText(token, nowMs)],
    ['created', timeText(token.createdAtMs)],
    ['expires', timeText(token.expiresAtMs)],
    ['last used', timeText(token.lastUsedAtMs)],
    ['rotated', timeText(token.rotatedAtMs)],
  ];
  if (previous !== null) {
    rows.push(['old value works until', timeText(previous.expiresAtMs)]);
    rows.push(['old value last used', timeText(previous.lastUsedAtMs)]);
  }
  return rows.map(([name, value]) => `${name}: ${value}`);
}
