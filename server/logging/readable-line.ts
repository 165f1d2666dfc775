import { visibleText } from '../http/visible-text';

/** What pino writes as one line of JSON. The other members are what the line is about. */
interface Entry {
  readonly level: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly msg?: string;
  readonly requestId?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly [about: string]: unknown;
}

type Style = 'dim' | 'red' | 'green' | 'yellow' | 'bold';
const SGR: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

/** A line has the style of the highest level that it reaches. */
const LEVELS: readonly (readonly [number, string, Style])[] = [
  [60, 'FATAL', 'red'],
  [50, 'ERROR', 'red'],
  [40, 'WARN', 'yellow'],
  [30, 'INFO', 'green'],
  [20, 'DEBUG', 'dim'],
  [0, 'TRACE', 'dim'],
];
const LEVEL_WIDTH = 5;
const INDENT = ' '.repeat(4);

/**
 * Returns a function that turns a line of JSON into text for a person:
 * `09:12:03.123 WARN  callback delivery failed  app="Parcel Pilot" host=hooks.example`.
 *
 * Values come from strangers, so only visible characters of them are written: no control
 * characters, no escape sequences, no line breaks. The text of an error is indented, so that it
 * cannot look like a line of its own.
 */
export function readableLine({ color }: { readonly color: boolean }): (json: string) => string {
  const styled = (text: string, style: Style) => (color ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text);

  return (json) => {
    const { level, time, msg = '', requestId, err, ...about } = parsed(json);
    const [, name, style] = LEVELS.find(([least]) => level >= least) ?? [0, String(level), 'dim'];
    const message = level >= 40 ? styled(visibleText(msg), 'bold') : visibleText(msg);
    const pairs = Object.entries({ ...about, requestId })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${styled(`${visibleText(key)}=`, 'dim')}${shown(value)}`);
    const start = [styled(clock(time), 'dim'), styled(name.padEnd(LEVEL_WIDTH), style), message].join(' ');
    const line = [start, ...(pairs.length > 0 ? [pairs.join(' ')] : [])].join('  ');
    const stack = (err?.stack ?? err?.message ?? '').split('\n').filter((part) => part !== '');
    return `${[line, ...stack.map((part) => styled(INDENT + visibleText(part), 'dim'))].join('\n')}\n`;
  };
}

const parsed = (json: string): Entry => JSON.parse(json) as Entry;

/** Returns the local time of day, with milliseconds. */
function clock(time: number): string {
  const at = new Date(time);
  const digits = (value: number, width = 2) => String(value).padStart(width, '0');
  return `${digits(at.getHours())}:${digits(at.getMinutes())}:${digits(at.getSeconds())}.${digits(at.getMilliseconds(), 3)}`;
}

/** Returns a value as one word, or in quotes. */
function shown(value: unknown): string {
  const text = visibleText(typeof value === 'string' ? value : JSON.stringify(value));
  return typeof value !== 'string' || /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
