#!/usr/bin/env node
import { withoutBoundValues } from '../storage/errors';
import { createProgram } from './program';

// Exit codes: 0 done, 1 it could not be done, 2 the command line cannot be read.
createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    console.error(withoutBoundValues(error).message);
    process.exitCode = 1;
  });
