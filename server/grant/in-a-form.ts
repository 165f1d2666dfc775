import { GRANT_PARAMETERS, type AsSent } from './grant-parameters';

/** Whether a browser's form has brought these parameters back. */
export const sameInAForm = (stored: AsSent, presented: AsSent): boolean =>
  GRANT_PARAMETERS.every((name) => inAForm(stored[name]) === inAForm(presented[name]));

/** How long a browser's form makes the parameters (URL Standard, 5.2). */
export const bytesInAForm = (asSent: AsSent): number =>
  new URLSearchParams(
    Object.fromEntries(GRANT_PARAMETERS.map((name) => [name, inAForm(asSent[name])])),
  ).toString().length;

/** Browsers send every line break of a hidden field as CRLF (HTML, 4.10.21.4). */
const inAForm = (value: string): string => value.replace(/\r\n?|\n/g, '\r\n');
