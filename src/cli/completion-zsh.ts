/**
 * The completion script for zsh. It only compares words: nothing that was typed is evaluated, and
 * nothing is run when Tab is pressed.
 */

import { type CompletedCommand, quoted } from './completion-words.ts';

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef sallyport
# Completion of sallyport for zsh: source this file after compinit, or put it into a folder of
# $fpath under the name _sallyport.

_sallyport() {
  local place='' pending='' word
  local -i operands=0 index
  local -a found
  for ((index = 2; index < CURRENT; index++)); do
    word="\${words[index]}"
    if [[ $word == -- ]]; then return 1; fi
    if [[ -n $pending ]]; then
      pending=''
      continue
    fi
    case "$place/$word" in
${commands.flatMap(stepCases).join('\n')}
      (*/-*) ;;
      (*) ((operands += 1)) ;;
    esac
  done
  if [[ -z $pending && $PREFIX == --*=* ]]; then
    pending="$place/\${PREFIX%%=*}"
    compset -P 1 '*='
  fi
  if [[ -n $pending ]]; then
    case "$pending" in
${commands.flatMap(valueCases).join('\n')}
    esac
    _describe -t values value found
  elif [[ $PREFIX == -* ]]; then
    case "$place" in
${commands.map(optionCase).join('\n')}
    esac
    _describe -t options option found
  elif ((operands == 0)); then
    case "$place" in
${commands.flatMap(wordCase).join('\n')}
    esac
    _describe -t commands command found
  fi
}

if [[ \${funcstack[1]} == _sallyport ]]; then
  _sallyport "$@"
else
  compdef _sallyport sallyport
fi
`;
}

function stepCases({ path, subcommands, options }: CompletedCommand): string[] {
  const steps = subcommands.map(({ word }) => {
    const next = path === '' ? word : `${path} ${word}`;
    return `      (${quoted(`${path}/${word}`)}) place=${quoted(next)} ;;`;
  });
  const valued = options.filter(({ takesValue }) => takesValue);
  const pending = valued.map(({ names }) => {
    const patterns = names.map((name) => quoted(`${path}/${name}`)).join('|');
    return `      (${patterns}) pending=${quoted(`${path}/${names.at(-1)}`)} ;;`;
  });
  return [...steps, ...pending];
}

function valueCases({ path, options }: CompletedCommand): string[] {
  const listed = options.filter(({ values }) => values.length > 0);
  return listed.map(({ names, values }) =>
    arm(
      `${path}/${names.at(-1)}`,
      values.map((word) => ({ word, meaning: '' })),
    ),
  );
}

function optionCase({ path, options }: CompletedCommand): string {
  const long = options.flatMap(({ names, meaning }) =>
    names.filter((name) => name.startsWith('--')).map((word) => ({ word, meaning })),
  );
  return arm(path, long);
}

function wordCase({ path, subcommands, values }: CompletedCommand): string[] {
  const words = [...subcommands, ...values.map((word) => ({ word, meaning: '' }))];
  return words.length === 0 ? [] : [arm(path, words)];
}

function arm(
  pattern: string,
  entries: readonly { readonly word: string; readonly meaning: string }[],
): string {
  // A colon parts the word from its meaning.
  const words = entries.map(({ word, meaning }) =>
    quoted(meaning === '' ? word : `${word}:${meaning}`),
  );
  return `      (${quoted(pattern)}) found=(${words.join(' ')}) ;;`;
}
