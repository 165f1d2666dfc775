import { inQuotes } from './bash';
import type { CommandWords, Word } from './command-words';

/**
 * Returns the script that zsh loads, by `eval` or as the file `_wc-auth` in a folder of `fpath`.
 */
export function zshScript(all: readonly CommandWords[]): string {
  const paths = all
    .filter(({ path }) => path !== '')
    .map(({ path }) => inQuotes(path.includes(' ') ? path : ` ${path}`));
  return `#compdef wc-auth
# Completion for zsh. To load it, after compinit: eval "$(wc-auth completion zsh)"
_wc-auth() {
  local at='' word previous="\${words[CURRENT-1]}"
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${paths.join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  if [[ $PREFIX == --*=* ]]; then
    previous="\${PREFIX%%=*}"
    compset -P 1 '*='
  fi
  case "$at $previous" in
${all.flatMap(valueCases).join('\n')}
  esac
  case "$at" in
${all.map(wordCase).join('\n')}
  esac
  ((\${#commands})) && _describe -t commands command commands
  [[ \${words[CURRENT]} == -* || \${#commands} -eq 0 ]] && _describe -o option options
}
if [ "$funcstack[1]" = "_wc-auth" ]; then _wc-auth "$@"; else compdef _wc-auth wc-auth; fi`;
}

const valueCases = ({ path, options }: CommandWords): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ word, choices }) => {
      const offered = choices.length > 0 ? `compadd -- ${choices.join(' ')}; ` : '';
      return `    (${inQuotes(`${path} ${word}`)}) ${offered}return ;;`;
    });

function wordCase({ path, commands, options, choices, takesFile }: CommandWords): string {
  const offered = [...commands, ...choices.map((word) => ({ word, about: '' }))];
  const files = takesFile ? '_files; ' : '';
  return `    (${inQuotes(path)}) ${files}commands=(${offered.map(described).join(' ')}); options=(${options.map(described).join(' ')}) ;;`;
}

/** A colon ends the word. */
const described = ({ word, about }: Word): string =>
  inQuotes(about === '' ? word : `${word.replaceAll(':', '\\:')}:${about}`);
