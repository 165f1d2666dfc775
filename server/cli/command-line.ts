import { withoutBoundValues } from '../storage/errors';
import { createProgram } from './program';
import { reportLostOutput } from './lost-output';

/**
 * Runs the command that the arguments of the process name, to its end. Never rejects.
 *
 * Exit codes: 0 done, 1 it could not be done, 2 the command line cannot be read.
 */
export async function runCommandLine(): Promise<void> {
  reportLostOutput();
  try {
    await createProgram().parseAsync();
  } catch (error) {
    console.error(withoutBoundValues(error).message);
    process.exitCode = 1;
  }
}
