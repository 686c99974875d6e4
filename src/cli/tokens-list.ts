/** `sallyport tokens list` */

import type { CommandContext } from './context.ts';
import { ADMIN_CREDENTIALS, EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { eachOf, printRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { tokenListing } from './token-rows.ts';

const ABOUT = `List all access tokens by id, expired ones included, never with their values.

On a terminal this is a table that fits it; a narrow one leaves out when a token
was made and last used. Elsewhere columns are separated by tabs and nothing is
cut. Times are UTC. A running server writes last uses every few seconds.`;

export function addTokensList(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('list')
    .summary('list all access tokens')
    .description(ABOUT)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: false })
    .addHelpText(
      'after',
      `
With --json the answer is one array with one token a line: id, name,
description, permission, created_at, expired_at (null for never), will_expire,
expired, and without --url last_used_at (null for never).
${ADMIN_CREDENTIALS}
${examples(
  'npx sallyport tokens list',
  "npx sallyport tokens list --json | jq -r '.[] | select(.expired) | .id'",
)}
${EXIT_CODES}`,
    )
    .action((options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const { json = false } = options;
        const listing = tokenListing(context.nowMs());
        const count = await printRows(context, json, listing, eachOf(await target.tokens.list()));
        if (count === 0 && !json) {
          const { place } = target;
          remark(context, `There are no access tokens ${place}; \`tokens create\` makes one.`);
        }
      }),
    );
}
