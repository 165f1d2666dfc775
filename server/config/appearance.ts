import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { DEFAULT_ACCENT, parseAccent } from '../pages/theme';
import { parsedBy } from './problems';

/** How the store presents itself on the pages, and where it explains errors. */
export interface AppearanceConfig {
  readonly store: {
    readonly name: string;
    /** An https URL or the absolute path of a file. */
    readonly logo: string | undefined;
    readonly accent: string;
  };
  /** The page that explains errors. Each code is a fragment of it. */
  readonly helpUrl: string | undefined;
}

const logo = parsedBy((value) => {
  if (/^https:\/\//i.test(value)) return new URL(value).href;
  return statSync(value, { throwIfNoEntry: false })?.isFile() ? resolve(value) : undefined;
}, 'must be an https URL or the path of a file that exists');

const helpUrl = parsedBy((value) => {
  const url = new URL(value);
  const isPlain = url.username === '' && url.password === '' && !value.includes('#');
  return isPlain && ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}, 'must be an http or https URL without a fragment, user name or password');

/** The variables of this group. */
export const appearanceVariables = {
  STORE_NAME: z.string().trim().min(1).max(100).default('My store'),
  STORE_LOGO: z.string().transform(logo).optional(),
  STORE_ACCENT: z.string().default(DEFAULT_ACCENT).transform(parsedBy(parseAccent, 'must be a CSS color')),
  HELP_URL: z.string().transform(helpUrl).optional(),
};

type Values = z.output<z.ZodObject<typeof appearanceVariables>>;

/** Returns this group's part of the configuration. */
export function readAppearance(values: Values): AppearanceConfig {
  return {
    store: { name: values.STORE_NAME, logo: values.STORE_LOGO, accent: values.STORE_ACCENT },
    helpUrl: values.HELP_URL,
  };
}
