/** `sallyport sessions list` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { SESSION_LISTING } from './session-rows.ts';
import { printRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { NAME_MEANING, requireUser } from './user-names.ts';

const ABOUT = `List live sessions, of one user or of all, the newest first: whose, from where,
when signed in and last refreshed, and with what. Sessions of the console come
after the others; an access token does not see them.

On a terminal this is a table that fits it; ids are never cut, and a narrow one
leaves out the client and when the session began. Elsewhere columns are
separated by tabs and nothing is cut. Times are UTC. Characters that a terminal
would obey or hide are shown as \\u{…}.`;

export function addSessionsList(sessions: OperatorCommand, context: CommandContext): void {
  sessions
    .addNew('list')
    .summary('list live sessions, the newest first')
    .description(ABOUT)
    .argument('[name]', NAME_MEANING)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
With --json the answer is one array with one session a line: id, user_id,
username, created_at, refreshed_at, created_address, last_address, user_agent,
kind (application or console).
${MANAGER_CREDENTIALS}
${examples('npx sallyport sessions list', 'npx sallyport sessions list alice --json')}
${EXIT_CODES}`,
    )
    .action((name: string | undefined, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const { json = false } = options;
        const user = name === undefined ? null : await requireUser(target, name);
        const rows = target.sessions.list(user?.id ?? null);
        const count = await printRows(context, json, SESSION_LISTING, rows);
        if (count === 0 && !json) remark(context, `There are no live sessions ${target.place}.`);
      }),
    );
}
