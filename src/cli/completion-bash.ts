/**
 * The completion script for bash, from 3.2 on and without the package bash-completion. It only
 * compares words: nothing that was typed is evaluated, and nothing is run when Tab is pressed.
 */

import { type CompletedCommand, quoted } from './completion-words.ts';

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of sallyport for bash: source this file, for example from ~/.bashrc.

_sallyport() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place='' pending='' operands=0 words='' word index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    # bash takes --role=ADMIN for three words.
    if [[ $word == '=' ]]; then continue; fi
    if [[ $word == -- ]]; then return; fi
    if [[ -n $pending ]]; then
      pending=''
      continue
    fi
    case "$place/$word" in
${commands.flatMap(stepCases).join('\n')}
      */-*) ;;
      *) operands=$((operands + 1)) ;;
    esac
  done
  if [[ $current == '=' ]]; then current=''; fi
  if [[ -n $pending ]]; then
    case "$pending" in
${commands.flatMap(valueCases).join('\n')}
    esac
  elif [[ $current == -* ]]; then
    case "$place" in
${commands.map(optionCase).join('\n')}
    esac
  elif ((operands == 0)); then
    case "$place" in
${commands.flatMap(wordCase).join('\n')}
    esac
  fi
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen -W "$words" -- "$current")
}

complete -F _sallyport sallyport
`;
}

/** What each word leads to: another command, or an option whose value comes next. */
function stepCases({ path, subcommands, options }: CompletedCommand): string[] {
  const steps = subcommands.map(({ word }) => {
    const next = path === '' ? word : `${path} ${word}`;
    return `      ${quoted(`${path}/${word}`)}) place=${quoted(next)} ;;`;
  });
  const valued = options.filter(({ takesValue }) => takesValue);
  const pending = valued.map(({ names }) => {
    const patterns = names.map((name) => quoted(`${path}/${name}`)).join(' | ');
    return `      ${patterns}) pending=${quoted(`${path}/${names.at(-1)}`)} ;;`;
  });
  return [...steps, ...pending];
}

function valueCases({ path, options }: CompletedCommand): string[] {
  const listed = options.filter(({ values }) => values.length > 0);
  return listed.map(({ names, values }) => arm(`${path}/${names.at(-1)}`, values));
}

function optionCase({ path, options }: CompletedCommand): string {
  return arm(
    path,
    options.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))),
  );
}

function wordCase({ path, subcommands, values }: CompletedCommand): string[] {
  const words = [...subcommands.map(({ word }) => word), ...values];
  return words.length === 0 ? [] : [arm(path, words)];
}

function arm(pattern: string, words: readonly string[]): string {
  return `      ${quoted(pattern)}) words=${quoted(words.join(' '))} ;;`;
}
