/** `sallyport tokens create` */

import { InvalidArgumentError } from 'commander';
import { MAX_ACCESS_TOKEN_TTL_SECONDS } from '../core/access-tokens.ts';
import { formatPermissions, type PermissionName, parsePermissions } from '../core/permissions.ts';
import type { CommandContext } from './context.ts';
import { parseDuration } from './durations.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { toRfc3339 } from './times.ts';
import { giveOutToken, parseTokenDescription, parseTokenName, tokenLabel } from './token-rows.ts';

const ABOUT = `Create an access token for a machine, and print its value this once.

The value alone is on standard output, fit for a file; the rest is on standard
error. What is stored is a keyed hash of it. Permissions are independent of each
other: admin does not hold read and write.`;

/** Every list that there can be, in the order in which they are stored. */
export const PERMISSION_LISTS = [1, 2, 3, 4, 5, 6, 7].map(formatPermissions);

interface CreateOptions extends TargetOptions {
  readonly permission: readonly PermissionName[];
  readonly description: string;
  readonly expiresIn?: number;
}

export function addTokensCreate(tokens: OperatorCommand, context: CommandContext): void {
  tokens
    .addNew('create')
    .summary('create an access token and print its value')
    .description(ABOUT)
    .argument('<name>', 'what it is for, such as nightly-import', parseTokenName)
    .requiredOption('--permission <list>', 'some of read, write and admin', parseList)
    .option('--description <text>', 'more about it', parseTokenDescription, '')
    .option('--expires-in <time>', 'such as 90s, 15m, 12h or 30d (default: never)', parseLifetime)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .suggests('--permission', PERMISSION_LISTS)
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport tokens create nightly-import --permission read,write > token',
  'npx sallyport tokens create deploy --permission admin --expires-in 30d',
  'npx sallyport tokens create ci --permission read --url https://id.example.com',
)}
${EXIT_CODES}`,
    )
    .action((name: string, options: CreateOptions) =>
      withTarget(context, options, async (target) => {
        const { json = false, permission: permissions, description, expiresIn } = options;
        const expiresInSeconds = expiresIn ?? null;
        const wanted = { name, description, permissions, expiresInSeconds };
        const token = await target.tokens.create(wanted);
        const end =
          token.expiresAtMs === null
            ? 'it does not expire'
            : `it expires at ${toRfc3339(token.expiresAtMs)}`;
        const whatHappened =
          `Access token ${tokenLabel(token)} has been created with ${token.permission}; ` +
          `${end}.`;
        await giveOutToken(context, json, token, whatHappened);
      }),
    );
}

function parseList(text: string): readonly PermissionName[] {
  const mask = parsePermissions(text);
  if (mask !== null) return formatPermissions(mask).split(',') as PermissionName[];
  throw new InvalidArgumentError('Say some of read, write and admin, such as read,write.');
}

function parseLifetime(text: string): number {
  return parseDuration(text, MAX_ACCESS_TOKEN_TTL_SECONDS);
}
