import { isAscii, isUtf8 } from 'node:buffer';
import { ImportError } from './source';

// The characters of the bytes 0x80 to 0x9F in MySQL's latin1, which is windows-1252. Five bytes have
// no character there: MySQL keeps them as control characters.
const UPPER =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';
const BYTE_OF = new Map(Array.from(UPPER, (character, index) => [character, 0x80 + index]));

/** MySQL's character sets that `TextDecoder` knows, and in which no byte of a character is ASCII. */
const LABELS: Readonly<Record<string, string>> = {
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1256: 'windows-1256',
  cp1257: 'windows-1257',
  cp866: 'ibm866',
  eucjpms: 'euc-jp',
  euckr: 'euc-kr',
  gb2312: 'gbk',
  greek: 'iso-8859-7',
  hebrew: 'iso-8859-8',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  latin2: 'iso-8859-2',
  latin5: 'windows-1254',
  latin7: 'iso-8859-13',
  macroman: 'macintosh',
  tis620: 'windows-874',
  ujis: 'euc-jp',
};

export type Decode = (bytes: Buffer) => string;

/**
 * Returns how texts are decoded that a client with this character set wrote.
 *
 * @throws ImportError for a character set that cannot be read.
 */
export function decoderOf(charset: string): Decode {
  const name = charset.toLowerCase();
  if (/^(?:utf8|utf8mb3|utf8mb4|ascii|default|latin1|binary)$/.test(name)) return decodeText;
  const label = LABELS[name];
  if (label === undefined)
    throw new ImportError(
      `The character set ${charset} cannot be read. Dump the database with --default-character-set=utf8mb4.`,
    );
  const decoder = new TextDecoder(label);
  return (bytes) => decoder.decode(bytes);
}

/**
 * Returns the text of bytes that are UTF-8 or windows-1252.
 *
 * Old WordPress stored UTF-8 in latin1 tables, so a dump of a latin1 client holds either of them.
 * Text of windows-1252 with an accent is almost never valid UTF-8.
 */
export function decodeText(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString() : decodeWindows1252(bytes);
}

const decodeWindows1252 = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (character) => UPPER.charAt(character.charCodeAt(0) - 0x80));

/**
 * Returns the text of a latin1 column that was read with utf8mb4, with `MÃ¼ller` repaired to
 * `Müller`: WordPress had stored UTF-8 there, and the database took each byte for a character.
 */
export function repairDoubleEncoding(text: string): string {
  if (!/[\x80-\uffff]/.test(text)) return text;
  const bytes = Buffer.allocUnsafe(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const isLatin1 = code < 0x80 || (code >= 0xa0 && code <= 0xff);
    const byte = isLatin1 ? code : BYTE_OF.get(text.charAt(index));
    if (byte === undefined) return text;
    bytes[index] = byte;
  }
  return isUtf8(bytes) ? bytes.toString() : text;
}
