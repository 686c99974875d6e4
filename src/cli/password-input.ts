/**
 * How passwords get in: asked for twice without echo on a terminal, else all of standard input.
 * Never from arguments, which other users can read, and never from the environment, which
 * children inherit.
 */

import type { PasswordRule } from '../core/passwords.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure, passwordRuleText } from './failures.ts';
import { remark } from './output.ts';
import { readKeysUntilInterrupted } from './terminal-keys.ts';

/** More is a wrong file, and not a password. */
const MAX_INPUT_BYTES = 64 * 1024;

export interface NewPassword {
  /** What it is for: completes "New password for …". */
  readonly owner: string;
  /** What it must be like, said before it is asked for. */
  readonly advice: string;
  /** The rule that a password would break, so that a person hears of it before the second time. */
  readonly brokenRule: (password: string) => PasswordRule | null;
}

/**
 * @throws Interrupted
 * @throws CommandFailure `password_missing`, `password_unreadable`, `password_not_repeated`
 */
export function readNewPassword(context: CommandContext, wanted: NewPassword): Promise<string> {
  return context.stdin.isTTY ? askTwice(context, wanted) : readWhole(context.stdin);
}

async function askTwice(
  context: CommandContext,
  { owner, advice, brokenRule }: NewPassword,
): Promise<string> {
  remark(context, advice);
  const password = await ask(context, `New password for ${owner}:`, (text) => {
    const rule = brokenRule(text);
    return rule === null ? true : `It ${passwordRuleText(rule)}.`;
  });
  if ((await ask(context, 'The same again:')) === password) return password;
  throw new CommandFailure('password_not_repeated', [
    'The two passwords were not the same; nothing was changed.',
  ]);
}

/** Asks once on a terminal, for a password that exists. @throws Interrupted */
export function askPassword(context: CommandContext, message: string): Promise<string> {
  return ask(context, message);
}

async function ask(
  { stdin, stderr }: CommandContext,
  message: string,
  validate: (text: string) => true | string = () => true,
): Promise<string> {
  const { default: password } = await import('@inquirer/password');
  // `toggleMask` would let Ctrl-T show what was typed.
  return readKeysUntilInterrupted(stdin, (signal) =>
    password({ message, toggleMask: false, validate }, { input: stdin, output: stderr, signal }),
  );
}

async function readWhole(stdin: NodeJS.ReadStream): Promise<string> {
  const bytes = await readBytes(stdin);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable('is not valid UTF-8');
  }
  const password = text.replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw new CommandFailure('password_missing', [
    'There was no password on standard input, and no terminal to ask on; nothing was changed. ' +
      'Pipe it in, or run the command in a terminal.',
  ]);
}

async function readBytes(stdin: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_INPUT_BYTES) throw unreadable(`is longer than ${MAX_INPUT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unreadable(problem: string): CommandFailure {
  return new CommandFailure('password_unreadable', [
    `The password on standard input ${problem}; nothing was changed.`,
  ]);
}
