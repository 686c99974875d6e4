/** The completion script for fish, from 3.0 on: declarations, and one function that compares words. */

import { type CompletedCommand, type CompletedOption, quoted } from './completion-words.ts';

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of sallyport for fish: put this file into ~/.config/fish/completions as
# sallyport.fish, or source it.

# Whether the command line is at this command, and how many words stand behind it at most.
function __sallyport_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l wanted (string split -n ' ' -- $argv[2])
    test (count $words) -ge (count $wanted)
    or return 1
    for index in (seq (count $wanted))
        test "$words[$index]" = "$wanted[$index]"
        or return 1
    end
    test $argv[1] = any
    or test (count $words) -eq (count $wanted)
end

complete -c sallyport -f
${commands.flatMap(lines).join('\n')}
`;
}

function lines({ path, subcommands, options, values }: CompletedCommand): string[] {
  const here = `complete -c sallyport -n ${quoted(`__sallyport_at only "${path}"`)}`;
  const anywhere = `complete -c sallyport -n ${quoted(`__sallyport_at any "${path}"`)}`;
  // The program's own options only make sense before any command.
  const withOptions = path === '' ? here : anywhere;
  return [
    ...subcommands.map(({ word, meaning }) => `${here} -a ${quoted(word)} -d ${quoted(meaning)}`),
    ...values.map((value) => `${here} -a ${quoted(value)}`),
    ...options.map((option) => `${withOptions} ${optionText(option)}`),
  ];
}

function optionText({ names, takesValue, values, meaning }: CompletedOption): string {
  const named = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value = takesValue ? ` -x -a ${quoted(values.join(' '))}` : '';
  return `${named.join(' ')}${value} -d ${quoted(meaning)}`;
}
