import type * as z from 'zod';
import { repeated } from '../../server/http/visible-text';

/** A mistake in data from outside, with the path to it. */
export interface Complaint {
  readonly path: readonly PropertyKey[];
  /** A sentence that names the value. */
  readonly text: string;
}

const OR = new Intl.ListFormat('en', { type: 'disjunction' });

/** Returns what is wrong with each part of a value that does not fit its schema. */
export function complaints(value: unknown, issues: readonly z.core.$ZodIssue[]): Complaint[] {
  return issues.flatMap((issue): Complaint[] => {
    const name = nameOf(issue.path);
    const got = valueAt(value, issue.path);
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => {
          const path = [...issue.path, key];
          return { path, text: `${nameOf(path)} is unknown. Remove it, or correct its name.` };
        });
      case 'invalid_type':
        return [
          {
            path: issue.path,
            text:
              got === undefined && issue.path.length > 0
                ? `${name} is missing. It must be ${KINDS[issue.expected] ?? issue.expected}.`
                : `${name} must be ${KINDS[issue.expected] ?? issue.expected} (got ${shown(got)}).`,
          },
        ];
      case 'invalid_value':
        return [
          {
            path: issue.path,
            text: `${name} must be ${OR.format(issue.values.map(String))} (got ${shown(got)}).`,
          },
        ];
      default:
        return [{ path: issue.path, text: `${name} ${issue.message} (got ${shown(got)}).` }];
    }
  });
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with members',
  record: 'an object with members',
};

function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'The whole';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** Returns a value in one short line. */
const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : repeated(JSON.stringify(value), '…');
