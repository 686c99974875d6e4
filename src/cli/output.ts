/** Where answers go: text for people, JSON for scripts, both to standard output. */

import { toVisibleJson } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';

/** The reader has gone (`… | head`): there is nobody left to fail for. */
export class OutputClosed extends Error {}

/** Resolves when the text has been taken. @throws OutputClosed */
export function writeOut({ stdout }: CommandContext, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (error) reject(new OutputClosed(error.message));
      else resolve();
    });
  });
}

/** One answer, in the form that was asked for. JSON fields are snake_case and stay as they are. */
export function answer(
  context: CommandContext,
  isJson: boolean,
  forms: { readonly json: object; readonly text: string },
): Promise<void> {
  const text = isJson ? toVisibleJson(forms.json, 2) : forms.text;
  return writeOut(context, `${text}\n`);
}

/**
 * A secret that is shown this once: the value alone on standard output, fit for `> file`, and
 * what it is on standard error. @throws OutputClosed
 */
export async function giveOut(
  context: CommandContext,
  isJson: boolean,
  forms: { readonly json: object; readonly secret: string; readonly about: string },
): Promise<void> {
  await answer(context, isJson, { json: forms.json, text: forms.secret });
  if (!isJson) remark(context, forms.about);
}

/** What a person should know beside the answer; never part of what a script reads. */
export function remark({ stderr }: CommandContext, text: string): void {
  stderr.write(`${text}\n`);
}

/** Gathers small pieces into writes of a sensible size. */
export class PacedOutput {
  readonly #context: CommandContext;
  #waiting = '';

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Waits for the reader when it is slow. @throws OutputClosed */
  async add(text: string): Promise<void> {
    this.#waiting += text;
    if (this.#waiting.length >= 16_384) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    if (text !== '') await writeOut(this.#context, text);
  }
}
