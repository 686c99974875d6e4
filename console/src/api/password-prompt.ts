/**
 * Between a call that needs the password again and the dialog that asks for it: the call waits,
 * and goes on or is given up. Several that wait share one dialog.
 */

import { Problem } from './problem.ts';

interface Waiting {
  readonly go: () => void;
  readonly giveUp: () => void;
}

let waiting: Waiting[] = [];
const listeners = new Set<() => void>();

/** Resolves when the password has been entered. @throws Problem `password_not_entered` */
export function askForPassword(): Promise<void> {
  return new Promise((resolve, reject) => {
    const detail = 'This needs your password, which was not entered. Nothing was changed.';
    const giveUp = () => reject(new Problem(403, { detail, code: 'password_not_entered' }));
    waiting = [...waiting, { go: resolve, giveUp }];
    tell();
  });
}

export function settlePrompt(isEntered: boolean): void {
  const settled = waiting;
  waiting = [];
  for (const { go, giveUp } of settled) (isEntered ? go : giveUp)();
  tell();
}

export const passwordPrompt = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  isOpen: () => waiting.length > 0,
};

function tell(): void {
  for (const listener of listeners) listener();
}
