import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the conformance cases. */
export const FOLDER = resolve(__dirname, '../../..', process.env['CONFORMANCE_DIR'] ?? 'conformance');

interface Expected {
  /** Section and reason of each case in which this server differs from WooCommerce. */
  readonly differs: Readonly<Record<string, string>>;
  readonly cases: Readonly<Record<string, unknown>>;
}

const expected = () => JSON.parse(readFileSync(join(FOLDER, 'expected/ours.json'), 'utf8')) as Expected;
export const differingCases = (): string[] => Object.keys(expected().differs);
export const expectedCases = (): string[] => Object.keys(expected().cases);

/** What a real WooCommerce answered to a REST request. */
export interface Observed {
  readonly status: number;
  readonly error?: { readonly code: string; readonly message: string };
}

export const observedCases = (): Readonly<Record<string, Observed>> =>
  (
    JSON.parse(readFileSync(join(FOLDER, 'observed/woocommerce-11.1.json'), 'utf8')) as {
      cases: Record<string, Observed>;
    }
  ).cases;

type Values = Readonly<Record<string, string>>;

/** The inputs of the cases about parameters, by the last part of the case's id. */
export interface Inputs {
  readonly urls: Values;
  readonly texts: Values;
  readonly values: Values;
  readonly denies: Readonly<Record<string, Values>>;
}

/** Reads the inputs in a process of its own, because the cases are ES modules. */
export function caseInputs(): Inputs {
  const script = `
    import { urls, texts } from './cases/10-validation.mjs';
    import { values, denies } from './cases/40-grant.mjs';
    process.stdout.write(JSON.stringify({ urls, texts, values, denies }));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  return JSON.parse(text) as Inputs;
}
