/** `sallyport completion` */

import { InvalidArgumentError } from 'commander';
import { completedCommands } from './completion-words.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { writeOut } from './output.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

const ABOUT = `Print a script that lets a shell complete the commands of sallyport, their
options, and the values of options that are one of a list.

The script is made from the commands of this release; make it again after an
upgrade. It runs nothing when Tab is pressed.`;

export function addCompletion(program: OperatorCommand, context: CommandContext): void {
  program
    .addNew('completion')
    .summary('print a completion script for bash, zsh or fish')
    .description(ABOUT)
    .argument('<shell>', SHELLS.join(', '), parseShell)
    .suggests('shell', SHELLS)
    .addHelpText(
      'after',
      `
It completes the name sallyport; for npx, say: alias sallyport='npx sallyport'
${examples(
  'npx sallyport completion bash > ~/.sallyport.bash; source ~/.sallyport.bash',
  'npx sallyport completion zsh > ~/.zfunc/_sallyport',
  'npx sallyport completion fish > ~/.config/fish/completions/sallyport.fish',
)}
${EXIT_CODES}`,
    )
    .action(async (shell: Shell) => {
      await writeOut(context, await script(shell, program));
    });
}

async function script(shell: Shell, program: OperatorCommand): Promise<string> {
  const commands = completedCommands(program);
  switch (shell) {
    case 'bash':
      return (await import('./completion-bash.ts')).bashCompletion(commands);
    case 'zsh':
      return (await import('./completion-zsh.ts')).zshCompletion(commands);
    case 'fish':
      return (await import('./completion-fish.ts')).fishCompletion(commands);
  }
}

function parseShell(text: string): Shell {
  const shell = SHELLS.find((candidate) => candidate === text);
  if (shell === undefined) throw new InvalidArgumentError(`Say one of ${SHELLS.join(', ')}.`);
  return shell;
}
