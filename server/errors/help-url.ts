/**
 * Returns the address of the help for an error's code: HELP_URL with the code as its fragment.
 * `undefined` if HELP_URL is unset. docs/errors.md has a heading for each code.
 */
export type HelpUrlOf = (code: string) => string | undefined;

/** Returns the function that finds the help for a code. */
export function helpUrls(helpUrl: string | undefined): HelpUrlOf {
  return (code) => (helpUrl === undefined ? undefined : `${helpUrl}#${code}`);
}

/** Returns the member `data` of an error's JSON, with the help last. */
export function errorData<Data extends object>(
  data: Data,
  help: string | undefined,
): Data & { help?: string } {
  return help === undefined ? data : { ...data, help };
}
