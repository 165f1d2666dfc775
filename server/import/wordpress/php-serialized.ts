/** A value that PHP's `serialize` wrote. Integers beyond 2^53 are bigints. */
export type PhpValue = string | number | bigint | boolean | null | PhpArray;
/**
 * A PHP array in its order. Keys are text, integers included: PHP makes no difference between `5`
 * and `"5"`. It is not a plain object, so that `__proto__` is an ordinary key.
 */
export type PhpArray = ReadonlyMap<string, PhpValue>;

/** A text is not what PHP's `serialize` writes. The message says where and why. */
export class SerializedError extends Error {
  override readonly name = 'SerializedError';
}

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 64;
const SHOWN_TEXT = 20;

/**
 * Reads what PHP's `serialize` writes for texts, numbers, booleans, null and arrays of them.
 * Lengths count UTF-8 bytes. Blanks at both ends are ignored, as in WordPress.
 *
 * @throws SerializedError for everything else. Objects are among it: PHP runs code of their class,
 *   and WordPress stores none where an import reads.
 */
export function unserialize(text: string): PhpValue {
  const bytes = Buffer.from(text.trim(), 'utf8');
  if (bytes.length > MAX_BYTES)
    throw new SerializedError(`it has ${bytes.length} bytes, and the limit is ${MAX_BYTES}`);
  const reader = new Reader(bytes);
  const value = reader.value(0);
  reader.expectEnd();
  return value;
}

export const isPhpArray = (value: PhpValue | undefined): value is PhpArray => value instanceof Map;

/** Returns whether PHP takes a value for true. */
export function isTruthy(value: PhpValue | undefined): boolean {
  if (isPhpArray(value)) return value.size > 0;
  // For PHP, "0" is false and NaN is true.
  return Number.isNaN(value) || (value !== '0' && Boolean(value));
}

const INTEGER = /^[+-]?\d{1,19}$/;
const LENGTH = /^\d{1,10}$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DECIMAL_WORDS = new Map([
  ['INF', Infinity],
  ['-INF', -Infinity],
  ['NAN', NaN],
]);
/** The longest number that PHP writes has 25 characters. */
const MAX_NUMBER = 64;

// The grammar is that of PHP's ext/standard/var_unserializer.re.
class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  value(depth: number): PhpValue {
    const start = this.at;
    const type = this.bytes.toString('latin1', start, start + 2);
    this.at += 2;
    switch (type) {
      case 'N;':
        return null;
      case 'b:':
        return this.boolean(start);
      case 'i:':
        return this.integer(start);
      case 'd:':
        return this.decimal(start);
      case 's:':
        return this.string(start);
      case 'a:':
        return this.array(start, depth);
      case 'O:':
      case 'C:':
      case 'E:':
        return this.fail('objects are not read', start);
      case 'R:':
      case 'r:':
        return this.fail('references are not read', start);
      default:
        return this.fail('no value starts', start);
    }
  }

  expectEnd(): void {
    if (this.at < this.bytes.length) this.fail('text follows the value', this.at);
  }

  private boolean(start: number): boolean {
    const written = this.until(';');
    if (written !== '0' && written !== '1') this.fail('a boolean must be 0 or 1', start);
    return written === '1';
  }

  private integer(start: number): number | bigint {
    const written = this.until(';');
    if (!INTEGER.test(written)) this.fail('an integer is not a number', start);
    const number = Number(written);
    return Number.isSafeInteger(number) ? number + 0 : BigInt(written.replace('+', ''));
  }

  private decimal(start: number): number {
    const written = this.until(';');
    const word = DECIMAL_WORDS.get(written);
    if (word === undefined && !DECIMAL.test(written)) this.fail('a decimal is not a number', start);
    return word ?? Number(written);
  }

  private string(start: number): string {
    const length = this.length();
    this.expect('"');
    const end = this.at + length;
    if (end > this.bytes.length)
      this.fail(`a text of ${length} bytes is cut off, or shorter than that`, start);
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    if (this.bytes.toString('latin1', end, end + 2) !== '";')
      this.fail(`a text does not end after its ${length} bytes`, start);
    this.at += 2;
    return text;
  }

  private array(start: number, depth: number): PhpArray {
    if (depth === MAX_DEPTH) this.fail(`there are more than ${MAX_DEPTH} arrays inside each other`, start);
    const length = this.length();
    this.expect('{');
    const array = new Map<string, PhpValue>();
    // A wrong length costs no memory: the loop ends where the text does.
    for (let count = 0; count < length; count++) {
      const keyStart = this.at;
      const key = this.value(MAX_DEPTH);
      if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint')
        return this.fail('the key of an array must be an integer or a text', keyStart);
      array.set(String(key), this.value(depth + 1));
    }
    this.expect('}');
    return array;
  }

  private length(): number {
    const start = this.at;
    const written = this.until(':');
    if (!LENGTH.test(written)) this.fail('a length is not a number', start);
    return Number(written);
  }

  private until(end: string): string {
    const window = this.bytes.toString('latin1', this.at, this.at + MAX_NUMBER);
    const length = window.indexOf(end);
    if (length < 0) return this.fail(`there is no ${JSON.stringify(end)}`, this.at);
    this.at += length + 1;
    return window.slice(0, length);
  }

  private expect(character: string): void {
    if (this.bytes.toString('latin1', this.at, this.at + 1) !== character)
      this.fail(`${JSON.stringify(character)} must follow`, this.at);
    this.at += 1;
  }

  private fail(what: string, at: number): never {
    if (at >= this.bytes.length) throw new SerializedError(`it is cut off after ${this.bytes.length} bytes`);
    const found = this.bytes.toString('utf8', at, at + SHOWN_TEXT);
    throw new SerializedError(`at byte ${at}, ${what} (${JSON.stringify(found)})`);
  }
}
