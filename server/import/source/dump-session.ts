import type { TokenReader } from './token-reader';
import { decoderOf, type Decode } from './text-decoding';

export type DumpSession = ReturnType<typeof dumpSession>;

/**
 * Returns the variables of the connection that a dump sets, as far as they decide what its strings
 * mean: the character set and the SQL mode.
 */
export function dumpSession() {
  const values = new Map([
    ['character_set_client', 'utf8mb4'],
    ['sql_mode', ''],
  ]);
  /** `@OLD_SQL_MODE` and the like. */
  const saved = new Map<string, string>();
  let hasEscapes = true;
  let decode: Decode | undefined;
  let tokens: string[] = [];

  /** `@name` is a variable of the dump. `@@name`, `SESSION name` and `name` are the connection's. */
  function assign(assignment: readonly string[]): void {
    const [target = '', ...expression] = assignment;
    if (/^names$/i.test(target) && expression[0] !== '=') return set('character_set_client', expression[0]);
    if (/^(?:charset|character)$/i.test(target)) return set('character_set_client', expression.at(-1));
    const at = assignment.indexOf('=');
    if (at < 1) return;
    const name = (assignment[at - 1] ?? '').toLowerCase();
    const value = valueOf(assignment.slice(at + 1));
    if (target === '@' && assignment[1] !== '@') {
      if (value !== undefined) saved.set(name, value);
    } else set(name, value);
  }

  /** Returns what an expression means: a word, a text, or the value of a variable. */
  function valueOf(expression: readonly string[]): string | undefined {
    const name = (expression.at(-1) ?? '').toLowerCase();
    if (expression[0] === '@') return expression[1] === '@' ? values.get(name) : saved.get(name);
    if (expression.length === 1) return expression[0];
    // CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES') and the like.
    return expression.some((part) => /NO_BACKSLASH_ESCAPES/i.test(part)) ? expression.join(' ') : undefined;
  }

  function set(name: string, value: string | undefined): void {
    if (!values.has(name) || value === undefined) return;
    values.set(name, value);
    hasEscapes = !/NO_BACKSLASH_ESCAPES/i.test(values.get('sql_mode') ?? '');
    decode = undefined;
  }

  /** Reads a statement from the word after SET. */
  const reader: TokenReader = {
    word: (text) => tokens.push(text),
    quoted: (_mark, bytes) => tokens.push(bytes.toString()),
    sign: (code) => tokens.push(String.fromCharCode(code)),
    end() {
      let depth = 0;
      let assignment: string[] = [];
      for (const token of [...tokens, ',']) {
        if (token === '(') depth++;
        else if (token === ')') depth--;
        if (token === ',' && depth === 0) {
          assign(assignment.filter((part) => part !== ':'));
          assignment = [];
        } else assignment.push(token);
      }
      tokens = [];
    },
  };

  return {
    reader,
    hasEscapes: () => hasEscapes,
    /**
     * Returns how texts are decoded.
     * @throws ImportError for a character set that cannot be read.
     */
    decode: (): Decode => (decode ??= decoderOf(values.get('character_set_client') ?? '')),
  };
}
