import { DOT, MINUS, PLUS } from './dump-bytes';
import { holdsNumbers } from './known-columns';
import { decodeText, decoderOf, type Decode } from './text-decoding';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Puts one value of a row together from its tokens: a string, a number, NULL or a literal of bytes. */
export function dumpValue() {
  let number = '';
  let text: string | undefined;
  let bytes: Buffer | undefined;
  /** `_binary` of `_binary 'x'`, or `X` of `X'4d'`. */
  let introducer = '';
  let isNull = false;

  const hasValue = () => number !== '' || text !== undefined || bytes !== undefined || isNull;

  return {
    /** Returns false if no value can go on like this. */
    word(word: string): boolean {
      if (number !== '') number += word;
      else if (hasValue()) return false;
      else if (/^0x[\da-f]+$/i.test(word)) bytes = hex(word.slice(2));
      else if (/^0b[01]+$/i.test(word)) bytes = bits(word.slice(2));
      else if (introducer !== '') return false;
      else if (/^\d/.test(word)) number = word;
      else if (/^null$/i.test(word)) isNull = true;
      else if (/^(?:true|false)$/i.test(word)) number = word.toLowerCase() === 'true' ? '1' : '0';
      else if (/^(?:_\w+|[xbn])$/i.test(word)) introducer = word.toLowerCase();
      else return false;
      return true;
    },
    /** Returns false if no value can go on like this. */
    quoted(content: Buffer, decode: Decode): boolean {
      if (number !== '' || isNull || bytes) return false;
      if (introducer === 'x') bytes = hex(content.toString('latin1'));
      else if (introducer === 'b') bytes = bits(content.toString('latin1'));
      // MySQL joins strings that stand next to each other.
      else text = (text ?? '') + decoder(decode)(content);
      return true;
    },
    /** Returns false if no value can go on like this. */
    sign(code: number): boolean {
      if (code !== MINUS && code !== PLUS && code !== DOT) return false;
      number += String.fromCharCode(code);
      return text === undefined && bytes === undefined && !isNull && introducer === '';
    },
    /** Returns the value and begins the next one. `undefined`: the tokens are not a value. */
    finish(column: string): string | null | undefined {
      let value: string | null | undefined = text;
      if (isNull) value = null;
      else if (bytes) value = ofBytes(column, bytes);
      else if (NUMBER.test(number)) value = number;
      number = introducer = '';
      text = bytes = undefined;
      isNull = false;
      return value;
    },
  };

  function decoder(decode: Decode): Decode {
    if (introducer === '') return decode;
    return introducer === 'n' ? decodeText : decoderOf(introducer.slice(1));
  }
}

export type DumpValue = ReturnType<typeof dumpValue>;

const hex = (digits: string): Buffer =>
  Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');

function bits(digits: string): Buffer {
  const octets = digits.padStart(Math.ceil(digits.length / 8) * 8, '0').match(/.{8}/g) ?? [];
  return Buffer.from(octets.map((octet) => Number.parseInt(octet, 2)));
}

/** A literal of bytes is a number in a column of numbers, as in MySQL. */
function ofBytes(column: string, bytes: Buffer): string {
  return holdsNumbers(column) && bytes.length <= 8
    ? BigInt(`0x0${bytes.toString('hex')}`).toString()
    : decodeText(bytes);
}
