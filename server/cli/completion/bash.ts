import type { CommandWords } from './command-words';

/**
 * Returns the script that bash loads. It works in bash 3.2, without the package bash-completion.
 */
export function bashScript(all: readonly CommandWords[]): string {
  const paths = all.filter(({ path }) => path !== '').map(({ path }) => inQuotes(beforeLastWord(path)));
  return `# Completion for bash. To load it: eval "$(wc-auth completion bash)"
_wc_auth() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at='' word words='' options='' start=''
  # bash splits --option=value into three words, unless COMP_WORDBREAKS has no "=".
  if [[ $current == '=' ]]; then current=''
  elif [[ $previous == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  elif [[ $current == --*=* ]]; then previous="\${current%%=*}" start="\${current%%=*}=" current="\${current#*=}"
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${paths.join(' | ')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at $previous" in
${all.flatMap(valueCases).join('\n')}
    *) case "$at" in
${all.map(wordCase).join('\n')}
    esac ;;
  esac
  [[ $current == -* || -z $words ]] && words="$words $options"
  COMPREPLY=($(compgen -P "$start" -W "$words" -- "$current"))
}
complete -F _wc_auth wc-auth`;
}

/** In the script, a top-level command follows an empty path and a space. */
const beforeLastWord = (path: string): string => (path.includes(' ') ? path : ` ${path}`);

const valueCases = ({ path, options }: CommandWords): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(
      ({ word, choices }) => `    ${inQuotes(`${path} ${word}`)}) words=${inQuotes(choices.join(' '))} ;;`,
    );

function wordCase({ path, commands, options, choices, takesFile }: CommandWords): string {
  const words = [...commands.map(({ word }) => word), ...choices].join(' ');
  const flags = options.map(({ word }) => word).join(' ');
  const files = takesFile
    ? ` [[ $current == -* ]] || { local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return; };`
    : '';
  return `      ${inQuotes(path)})${files} words=${inQuotes(words)} options=${inQuotes(flags)} ;;`;
}

/** Returns a text in single quotes, as one word of a shell script. */
export const inQuotes = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
