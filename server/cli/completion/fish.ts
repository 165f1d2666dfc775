import type { CommandWords, OptionWord, Word } from './command-words';

/** Returns the script that fish loads. */
export function fishScript(all: readonly CommandWords[]): string {
  const paths = all
    .filter(({ path }) => path !== '')
    .map(({ path }) => inQuotes(path.includes(' ') ? path : ` ${path}`));
  return `# Completion for fish. To load it: wc-auth completion fish | source
function __wc_auth_at
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at $word"
            case ${paths.join(' ')}
                set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
complete -c wc-auth -f
${all.flatMap(linesOf).join('\n')}`;
}

function linesOf({ path, commands, options, choices, takesFile }: CommandWords): string[] {
  const start = `complete -c wc-auth -n ${inQuotes(`__wc_auth_at ${inQuotes(path)}`)}`;
  const plain = [...commands, ...choices.map((word) => ({ word, about: '' }))];
  return [
    ...plain.map((word) => `${start} -a ${word.word}${about(word)}`),
    ...options.map((option) => `${start} ${flags(option)}${about(option)}`),
    ...(takesFile ? [`${start} -F`] : []),
  ];
}

function flags({ word, short, takesValue, choices }: OptionWord): string {
  const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
  const value = takesValue ? ` -x${choices.length > 0 ? ` -a ${inQuotes(choices.join(' '))}` : ''}` : '';
  return `-l ${word.slice(2)}${letter}${value}`;
}

const about = ({ about: text }: Word): string => (text === '' ? '' : ` -d ${inQuotes(text)}`);

/** fish treats only a backslash and a quote as special between single quotes. */
const inQuotes = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
