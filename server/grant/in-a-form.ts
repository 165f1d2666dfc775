import { GRANT_PARAMETERS, type AsSent } from './grant-parameters';

/** Returns whether a browser's form sent the stored parameters. */
export const sameInAForm = (stored: AsSent, presented: AsSent): boolean =>
  GRANT_PARAMETERS.every((name) => inAForm(stored[name]) === inAForm(presented[name]));

/** Returns the size of the parameters in a form, in bytes (URL Standard, 5.2). */
export const bytesInAForm = (asSent: AsSent): number =>
  new URLSearchParams(
    Object.fromEntries(GRANT_PARAMETERS.map((name) => [name, inAForm(asSent[name])])),
  ).toString().length;

/** Browsers send every line break of a hidden field as CRLF (HTML, 4.10.21.4). */
const inAForm = (value: string): string => value.replace(/\r\n?|\n/g, '\r\n');
