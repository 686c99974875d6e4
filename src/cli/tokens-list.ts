/** `sallyport tokens list` */

import { InvalidArgumentError } from 'commander';
import { ACCESS_TOKEN_FILTERS, type AccessTokenFilter } from '../core/access-token-listings.ts';
import { ACCESS_TOKEN_SORTS, type AccessTokenSort } from '../core/access-token-repository.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { printRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { tokenListing } from './token-rows.ts';

const ABOUT = `List access tokens, expired ones included, never with their values.

One that expires within 7 days has the state \`expiring\`. After a rotation with
--overlap the list says until when the old value works, and when each of both
was last used. On a terminal this is a table that fits it; a narrow one leaves
out times. Elsewhere columns are separated by tabs and nothing is cut. Times are
UTC. A running server writes last uses every few seconds.`;

interface ListOptions extends TargetOptions {
  readonly state?: AccessTokenFilter;
  readonly sort?: AccessTokenSort;
}

export function addTokensList(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('list')
    .summary('list access tokens')
    .description(ABOUT)
    .option('--state <state>', 'live, expired, expiring or suspended ones only', parseState)
    .suggests('--state', ACCESS_TOKEN_FILTERS)
    .option('--sort <field>', 'id, name, created_at, expires_at or last_used_at', parseSort)
    .suggests('--sort', ACCESS_TOKEN_SORTS)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
With --json the answer is one array with one token a line: id, name,
description, permission, created_at, expired_at (null for never), will_expire,
expired, expiring (within 7 days), last_used_at (null for never), rotated_at,
and previous: null, or expires_at and last_used_at of the old value.
Sorted is by id, and by expiry with --state expired or expiring; a minus before
the field turns it round. What never expires is last, what was never used first.
${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport tokens list',
  'npx sallyport tokens list --state expiring',
  'npx sallyport tokens list --sort -last_used_at',
  "npx sallyport tokens list --json | jq -r '.[] | select(.expired) | .id'",
)}
${EXIT_CODES}`,
    )
    .action((options: ListOptions) =>
      withTarget(context, options, async (target) => {
        const { json = false, state, sort } = options;
        const wanted = { ...(state && { state }), ...(sort && { sort }) };
        const nowMs = context.nowMs();
        const rows = target.tokens.list(wanted);
        const count = await printRows(context, json, tokenListing(nowMs), rows);
        if (count > 0 || json) return;
        const { place } = target;
        remark(
          context,
          state === undefined
            ? `There are no access tokens ${place}; \`tokens create\` makes one.`
            : `There are no ${state} access tokens ${place}.`,
        );
      }),
    );
}

function parseState(text: string): AccessTokenFilter {
  const state = ACCESS_TOKEN_FILTERS.find((one) => one === text);
  if (state !== undefined) return state;
  throw new InvalidArgumentError(`Say one of ${ACCESS_TOKEN_FILTERS.join(', ')}.`);
}

function parseSort(text: string): AccessTokenSort {
  const sort = ACCESS_TOKEN_SORTS.find((one) => one === text);
  if (sort !== undefined) return sort;
  throw new InvalidArgumentError(`Say one of ${ACCESS_TOKEN_SORTS.join(', ')}.`);
}
