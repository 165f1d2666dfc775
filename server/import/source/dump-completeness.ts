import { ImportError } from './source';

/** Remembers what a dump has begun, to notice one that was cut off between two statements. */
export function dumpCompleteness() {
  let program: string | undefined;
  const open = new Map<'lock' | 'transaction', string>();

  const cutOff = (reason: string) =>
    new ImportError(
      `The dump was cut off: ${reason}. Dump the database again, and see whether that reports an error.`,
    );

  return {
    /** Takes a comment between two statements. */
    comment(text: string): void {
      const [, begun] = /^-- (MySQL|MariaDB) dump /.exec(text) ?? [];
      if (begun !== undefined && program !== undefined)
        throw cutOff('a second dump begins before the line "-- Dump completed" of the first');
      if (begun !== undefined) program = begun;
      else if (text.startsWith('-- Dump completed')) program = undefined;
    },
    begin: (what: 'lock' | 'transaction', reason: string) => open.set(what, reason),
    end: (what: 'lock' | 'transaction') => open.delete(what),
    /** @throws ImportError if something is missing at the end. */
    check(): void {
      if (program !== undefined) throw cutOff('its last line is not "-- Dump completed"');
      for (const reason of open.values()) throw cutOff(reason);
    },
  };
}
