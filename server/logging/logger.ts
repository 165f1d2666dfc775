import { isatty } from 'node:tty';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config';
import { readableLine } from './readable-line';

const STDOUT = 1;

/** Returns the log of this process, which writes to standard output. */
export function createLogger({ logLevel: level, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const onTerminal = isatty(STDOUT);
  const stdout = pino.destination(STDOUT);
  if (logFormat === 'json' || (logFormat === undefined && !onTerminal)) return pino({ level }, stdout);
  // `hasColors` respects NO_COLOR.
  const shown = readableLine({ color: onTerminal && process.stdout.hasColors() });
  const readable: DestinationStream = {
    write: (line) => {
      stdout.write(shown(line));
    },
  };
  // Without the process id and the host name, which a person at the terminal knows.
  return pino({ level, base: null }, readable);
}
