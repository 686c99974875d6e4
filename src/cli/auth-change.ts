/** What `auth on` and `auth off` share: they say the state before and after. */

import type { CommandContext } from './context.ts';
import type { OperatorTarget } from './operator-target.ts';
import { answer } from './output.ts';

/** Does nothing when it is so already: then there is nothing to ask and nothing to record. */
export async function changeAuth(
  context: CommandContext,
  target: OperatorTarget,
  wanted: { readonly isEnabled: boolean; readonly isJson: boolean },
  confirm: () => Promise<void> = async () => undefined,
): Promise<void> {
  const wasEnabled = await target.auth.isEnabled();
  const isUnchanged = wasEnabled === wanted.isEnabled;
  if (!isUnchanged) await confirm();
  const isEnabled = isUnchanged ? wasEnabled : await target.auth.set(wanted.isEnabled);
  const [before, after] = [nameState(wasEnabled), nameState(isEnabled)];
  await answer(context, wanted.isJson, {
    json: { enabled: isEnabled, was_enabled: wasEnabled },
    text: isUnchanged
      ? `Auth enforcement was ${before} already ${target.place}; nothing was changed.`
      : `Auth enforcement is ${after} ${target.place}; it was ${before}.`,
  });
}

function nameState(isEnabled: boolean): string {
  return isEnabled ? 'on' : 'off';
}
