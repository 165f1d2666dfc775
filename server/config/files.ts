import { readFileSync } from 'node:fs';
import { parsedBy } from './problems';

/** Replaces the path of a file with its text. */
export const fileText = parsedBy((file) => readFileSync(file, 'utf8'), 'cannot be read');
