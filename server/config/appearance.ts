import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { DEFAULT_ACCENT, parseAccent } from '../pages/theme';
import { parsedBy } from './problems';

/** How the store presents itself on the pages. */
export interface AppearanceConfig {
  readonly store: {
    readonly name: string;
    /** An https URL or the absolute path of a file. */
    readonly logo: string | undefined;
    readonly accent: string;
  };
}

const logo = parsedBy((value) => {
  if (/^https:\/\//i.test(value)) return new URL(value).href;
  return statSync(value, { throwIfNoEntry: false })?.isFile() ? resolve(value) : undefined;
}, 'must be an https URL or the path of a file that exists');

/** The variables of this group. */
export const appearanceVariables = {
  STORE_NAME: z.string().trim().min(1).max(100).default('My store'),
  STORE_LOGO: z.string().transform(logo).optional(),
  STORE_ACCENT: z.string().default(DEFAULT_ACCENT).transform(parsedBy(parseAccent, 'must be a CSS colour')),
};

type Values = z.output<z.ZodObject<typeof appearanceVariables>>;

/** Returns this group's part of the configuration. */
export function readAppearance(values: Values): AppearanceConfig {
  return { store: { name: values.STORE_NAME, logo: values.STORE_LOGO, accent: values.STORE_ACCENT } };
}
