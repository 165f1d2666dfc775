import type { Argument, Command, Option } from 'commander';

/** A word with its explanation. */
export interface Word {
  readonly word: string;
  readonly about: string;
}

export interface OptionWord extends Word {
  /** The one-letter form, such as `-h`. */
  readonly short: string | undefined;
  /** Whether the next word is its value. */
  readonly takesValue: boolean;
  /** The possible values, if they are known. */
  readonly choices: readonly string[];
}

/** What can follow a command on the command line. */
export interface CommandWords {
  /** The command without `wc-auth`, such as `users add`. Empty for `wc-auth` itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly OptionWord[];
  /** The possible values of its arguments, if they are known. */
  readonly choices: readonly string[];
  readonly takesFile: boolean;
}

/** Returns what can follow each command of a program. */
export function commandWords(program: Command): CommandWords[] {
  return wordsOf(program, []);
}

function wordsOf(command: Command, parents: readonly Command[]): CommandWords[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
  const taken = command.registeredArguments;
  const lineage = [...parents, command];
  const own: CommandWords = {
    path: lineage
      .slice(1)
      .map((one) => one.name())
      .join(' '),
    commands: commands.map((child) => ({ word: child.name(), about: child.description() })),
    options: options.map(optionWord),
    choices: command.name() === 'help' ? namesIn(parents.at(-1)) : taken.flatMap(choicesOf),
    takesFile: taken.some((argument) => argument.name() === 'file'),
  };
  return [own, ...commands.flatMap((child) => wordsOf(child, lineage))];
}

const optionWord = (option: Option): OptionWord => ({
  word: option.long ?? option.flags,
  short: option.short,
  about: option.description,
  takesValue: option.required,
  choices: choicesOf(option),
});

const choicesOf = ({ argChoices = [] }: Option | Argument): readonly string[] => argChoices;

/** `help` takes the name of a command. Commander does not give it a parent. */
const namesIn = (parent: Command | undefined): string[] =>
  (parent?.commands ?? []).map((child) => child.name());
