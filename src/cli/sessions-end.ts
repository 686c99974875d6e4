/** `sallyport sessions end` */

import type { CommandContext } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { parseSessionId } from './session-rows.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const ABOUT = `End one session, of an application or of the console. Its tokens, or its cookie,
are refused from then on; other sessions of the user go on.`;

export function addSessionsEnd(sessions: OperatorCommand, context: CommandContext): void {
  sessions
    .addNew('end')
    .summary('end one session')
    .description(ABOUT)
    .argument('<id>', 'its id, as `sessions list` and `audit tail` show it', parseSessionId)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport sessions end Cj5Xq3tGm0aYw8NvZb2Rk7Le')}
${EXIT_CODES}`,
    )
    .action((id: string, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        if (!(await target.sessions.end(id))) {
          throw new CommandFailure('session_not_found', [
            `There is no live session with this id ${target.place}; ` +
              '`npx sallyport sessions list` shows all.',
          ]);
        }
        await answer(context, options.json ?? false, {
          json: { id, ended: true },
          text: 'The session has ended; its tokens are refused from now on.',
        });
      }),
    );
}
