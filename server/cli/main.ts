#!/usr/bin/env node
import { withoutBoundValues } from '../storage/errors';
import { createProgram } from './program';
import { reportLostOutput } from './lost-output';

// Exit codes: 0 done, 1 it could not be done, 2 the command line cannot be read.
reportLostOutput();
createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    console.error(withoutBoundValues(error).message);
    process.exitCode = 1;
  });
