import { EmulatorError } from '../errors';

/** A seed file that cannot be used. Each problem names its line. */
export class SeedError extends EmulatorError {
  override readonly name = 'SeedError';
  constructor(file: string, problems: readonly string[]) {
    super(`The seed file ${file} cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}
