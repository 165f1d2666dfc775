import { Argument, Command } from 'commander';
import { bashScript } from './completion/bash';
import { commandWords } from './completion/command-words';
import { fishScript } from './completion/fish';
import { zshScript } from './completion/zsh';
import { examples } from './help';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/**
 * Returns the command `wc-auth completion SHELL`, which prints a script that is generated from the
 * commands of the program.
 */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      examples('completion bash', 'completion fish > ~/.config/fish/completions/wc-auth.fish'),
    )
    .action((shell: keyof typeof SCRIPTS) => {
      console.log(SCRIPTS[shell](commandWords(program)));
    });
}
