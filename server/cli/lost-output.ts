import { codeOf } from '../storage/error-codes';

/**
 * Lets the process fail with a message if standard output cannot be written, for example to a full
 * disk. It does not fail if a reader such as `head` wants no more.
 */
export function reportLostOutput(): void {
  process.stdout.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') return;
    process.exitCode = 1;
    console.error(`The output could not be written (${codeOf(error)}).`);
  });
}
