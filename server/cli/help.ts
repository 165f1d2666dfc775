import type { Command, HelpConfiguration } from 'commander';

/** The help of every command. It shows which options are required. */
export const HELP: HelpConfiguration = {
  showGlobalOptions: true,
  commandUsage(command) {
    const names: string[] = [];
    for (let one: Command | null = command; one; one = one.parent) names.unshift(one.name());
    const required = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags);
    return [...names, ...required, command.usage()].join(' ');
  },
  optionDescription({ description, argChoices, defaultValue, defaultValueDescription, mandatory }) {
    const facts = [
      ...(mandatory ? ['required'] : []),
      ...(argChoices ? [argChoices.join(', ')] : []),
      ...(defaultValue === undefined ? [] : [`default: ${defaultValueDescription ?? String(defaultValue)}`]),
    ];
    return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
  },
};

/** Returns the end of a command's help, for `addHelpText('after', …)`. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  wc-auth ${line}`).join('\n')}`;
