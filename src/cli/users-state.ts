/** What `users disable` and `users enable` share. */

import type { CommandContext } from './context.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { endedText, requireUser, userLabel } from './user-names.ts';

/** Does nothing when it is so already, and says that. */
export async function setUserEnabled(
  context: CommandContext,
  options: TargetOptions,
  wanted: { readonly name: string; readonly isEnabled: boolean },
): Promise<void> {
  const { name, isEnabled } = wanted;
  const state = isEnabled ? 'enabled' : 'disabled';
  await withTarget(context, options, async (target) => {
    const user = await requireUser(target, name);
    const isUnchanged = user.isEnabled === isEnabled;
    const ended = isUnchanged ? 0 : await target.users.setEnabled(user.id, isEnabled);
    const { id, username } = user;
    const ends = isEnabled ? '' : `; ${endedText(ended)}`;
    await answer(context, options.json ?? false, {
      json: {
        id,
        username,
        enabled: isEnabled,
        was_enabled: user.isEnabled,
        sessions_ended: ended,
      },
      text: isUnchanged
        ? `User ${userLabel(user)} was ${state} already; nothing was changed.`
        : `User ${userLabel(user)} has been ${state}${ends}.`,
    });
  });
}
