/** What can stand where on a command line, read from the commands themselves. */

import type { OperatorCommand } from './operator-command.ts';

export interface CompletedCommand {
  /** Its words after the name of the program: `users add`; empty for the program itself. */
  readonly path: string;
  readonly subcommands: readonly { readonly word: string; readonly meaning: string }[];
  readonly options: readonly CompletedOption[];
  /** What its one argument may be, where that is a closed list. */
  readonly values: readonly string[];
}

export interface CompletedOption {
  /** With their dashes, the short one first. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  /** Empty when any text will do. */
  readonly values: readonly string[];
  readonly meaning: string;
}

const HELP: CompletedOption = {
  names: ['-h', '--help'],
  takesValue: false,
  values: [],
  meaning: 'print help',
};

/** Every command, the program first. */
export function completedCommands(
  command: OperatorCommand,
  path: readonly string[] = [],
): CompletedCommand[] {
  const subcommands = command.commands as readonly OperatorCommand[];
  const [argument] = command.registeredArguments;
  const options = command.options.map((option) => ({
    names: [option.short, option.long].filter((name) => name !== undefined),
    takesValue: option.required || option.optional,
    values: command.suggestions.get(option.long ?? '') ?? [],
    meaning: option.description,
  }));
  return [
    {
      path: path.join(' '),
      subcommands: subcommands.map((next) => ({ word: next.name(), meaning: next.summary() })),
      options: [...options, HELP],
      values: command.suggestions.get(argument?.name() ?? '') ?? [],
    },
    ...subcommands.flatMap((next) => completedCommands(next, [...path, next.name()])),
  ];
}

/** In single quotes, for each of the three shells: the texts are ours and hold no quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", '’').replaceAll('\\', '')}'`;
}
