import * as z from 'zod';
import type { Faults } from '../store';

/** The body of `PUT /_emulator/faults`. */
export const faultsShape = z.strictObject({
  callback: z.enum(['unreachable', 'timeout', 'duplicate', 'read-only']).optional(),
  api: z
    .strictObject({
      status: z
        .int()
        .min(400, 'must be a number from 400 to 599')
        .max(599, 'must be a number from 400 to 599'),
      every: z.int().min(1, 'must be a whole number from 1').optional(),
      retry_after: z.int().min(0, 'must be a whole number of seconds').optional(),
      path: z.string().refine(isPattern, 'must be a regular expression').optional(),
    })
    .optional(),
});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

/** Returns the faults that a body asks for. */
export function faultsOf({ callback, api }: z.infer<typeof faultsShape>): Faults {
  if (!api) return callback === undefined ? {} : { callback };
  const { status, every, retry_after: retryAfter, path } = api;
  return {
    ...(callback === undefined ? {} : { callback }),
    api: {
      status,
      ...(every === undefined ? {} : { every }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(path === undefined ? {} : { path: new RegExp(path) }),
    },
  };
}
