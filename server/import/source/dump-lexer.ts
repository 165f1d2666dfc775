import { byteScratch } from './byte-scratch';
import {
  BACKTICK,
  BLANK,
  DOUBLE_QUOTE,
  HASH,
  MINUS,
  NEWLINE,
  QUOTE,
  SEMICOLON,
  SLASH,
  STAR,
  STOPS,
  WORD,
} from './dump-bytes';
import { dumpInput } from './dump-input';
import { quotedReader } from './dump-quoted';
import { ImportError } from './source';
import type { TokenReader } from './token-reader';

export interface LexerOptions {
  /** Returns what reads the next token. */
  readonly reader: () => TokenReader;
  /** Takes a line comment between two statements: its first 500 bytes. */
  readonly comment: (text: string) => void;
  /** Returns whether a backslash escapes the next character of a string. */
  readonly hasEscapes: () => boolean;
  /** A statement is over. */
  readonly ended: () => void;
  /** In bytes. A longer one is an error. */
  readonly longestText: number;
}

const COMMENT_KEPT = 500;
/** The longest beginning of a comment is `/*M!999999`. */
const LOOKAHEAD = 10;

type State = 'between' | 'word' | 'quoted' | 'lineComment' | 'blockComment' | 'delimiter';

/**
 * Splits a dump into tokens, as the client `mysql` does. A chunk may end anywhere.
 *
 * Comments are omitted, except for those like `/*!40101 SET NAMES utf8 *\/`, which MySQL executes.
 */
export function dumpLexer({ reader, comment, hasEscapes, ended, longestText }: LexerOptions) {
  const input = dumpInput();
  const readQuoted = quotedReader(input, longestText);
  const kept = byteScratch();
  let state: State = 'between';
  let mark = 0;
  let delimiter = Buffer.from(';');
  let isInStatement = false;
  let isSkipping = false;
  let isDropping = false;
  let isExecutable = false;
  let statementLine = 1;

  // Each step reads some bytes. It returns false if it has to see more of them first.
  const steps: Readonly<Record<State, () => boolean>> = {
    between,
    word,
    quoted,
    lineComment,
    blockComment,
    delimiter: delimiterLine,
  };

  function feed(chunk: Buffer): void {
    input.add(chunk);
    while (input.offset < input.buffer.length && steps[state]());
  }

  function begin(): void {
    if (isInStatement) return;
    isInStatement = true;
    statementLine = input.line();
    // Triggers and procedures have a delimiter of their own. Rows do not.
    isSkipping = delimiter[0] !== SEMICOLON;
  }

  function between(): boolean {
    if (isSkipping) skipAhead();
    const code = input.buffer[input.offset];
    if (code === undefined) return true;
    if (code === delimiter[0]) {
      if (!input.hasRoom(delimiter.length)) return false;
      if (isDelimiter()) return endOfStatement();
    }
    if (code === SLASH || code === MINUS || code === STAR || code === HASH) return commentOrSign(code);
    if (BLANK[code]) input.offset++;
    else if (code === QUOTE || code === DOUBLE_QUOTE || code === BACKTICK) {
      begin();
      mark = code;
      input.offset++;
      state = 'quoted';
    } else if (WORD[code] && !isSkipping) state = 'word';
    else sign(code);
    return true;
  }

  /** Only the line break that finish() adds is left. */
  const isAtEnd = (): boolean => input.isLast && input.offset === input.buffer.length - 1;
  const cutOff = () =>
    new ImportError(
      `The dump ends in the middle of a statement, which begins in line ${isInStatement ? statementLine : input.line()}. It was cut off: dump the database again.`,
    );

  function skipAhead(): void {
    const { buffer } = input;
    const { length } = buffer;
    const [first] = delimiter;
    let at = input.offset;
    for (; at < length; at++) {
      const code = buffer[at] ?? 0;
      if (STOPS[code] || code === first) break;
    }
    input.offset = at;
  }

  const isDelimiter = (): boolean =>
    delimiter.length === 1 ||
    input.buffer.subarray(input.offset, input.offset + delimiter.length).equals(delimiter);

  function endOfStatement(): boolean {
    input.offset += delimiter.length;
    if (isInStatement) {
      reader().end();
      ended();
    }
    isInStatement = isSkipping = isDropping = false;
    return true;
  }

  function sign(code: number): void {
    begin();
    input.offset++;
    if (isAtEnd()) throw cutOff();
    if (!isSkipping) reader().sign(code);
  }

  function commentOrSign(code: number): boolean {
    const { buffer, offset } = input;
    if (!input.hasRoom(LOOKAHEAD)) return false;
    const next = buffer[offset + 1];
    if (code === HASH || (code === MINUS && next === MINUS && BLANK[buffer[offset + 2] ?? NEWLINE])) {
      state = 'lineComment';
    } else if (code === SLASH && next === STAR) beginBlockComment();
    else if (code === STAR && next === SLASH && isExecutable) {
      input.offset += 2;
      isExecutable = false;
    } else sign(code);
    return true;
  }

  /** MySQL executes `/*!40101 … *\/`, MariaDB also `/*M!100100 … *\/`. */
  function beginBlockComment(): void {
    const text = input.buffer.toString('latin1', input.offset, input.offset + LOOKAHEAD);
    const [start, digits] = /^\/\*M?!(\d{0,6})/.exec(text) ?? [];
    // No server has version 99.99.99: `/*M!999999\- enable the sandbox mode *\/` is for the client.
    if (start === undefined || digits === '999999') {
      input.offset += 2;
      state = 'blockComment';
    } else {
      input.offset += start.length;
      isExecutable = true;
    }
  }

  function word(): boolean {
    const { buffer, offset: start, isLast } = input;
    const { length } = buffer;
    let at = kept.length() > 0 ? start : start + 1;
    while (at < length && WORD[buffer[at] ?? 0] && buffer[at] !== delimiter[0]) at++;
    input.offset = at;
    if (at === length && !isLast) {
      kept.add(buffer, start, at);
      return true;
    }
    if (kept.length() > 0) kept.add(buffer, start, at);
    const text = kept.length() > 0 ? kept.take().toString() : buffer.toString('utf8', start, at);
    // This may be a part of a word.
    if (isAtEnd()) throw cutOff();
    const isCommand = !isInStatement && text.toUpperCase() === 'DELIMITER';
    state = isCommand ? 'delimiter' : 'between';
    if (!isCommand) begin();
    if (!isCommand && !isSkipping) reader().word(text);
    return true;
  }

  function quoted(): boolean {
    const bytes = readQuoted(mark, hasEscapes(), isSkipping || isDropping);
    if (bytes === false) return false;
    state = 'between';
    if (!isSkipping) reader().quoted(mark, bytes ?? Buffer.alloc(0));
    return true;
  }

  function lineComment(): boolean {
    const { buffer, offset } = input;
    const found = buffer.indexOf(NEWLINE, offset);
    const end = found === -1 ? buffer.length : found;
    if (!isInStatement)
      kept.add(buffer, offset, Math.min(end, offset + Math.max(0, COMMENT_KEPT - kept.length())));
    input.offset = end;
    if (found === -1) return true;
    if (!isInStatement) comment(kept.take().toString());
    state = 'between';
    return true;
  }

  function blockComment(): boolean {
    const end = input.buffer.indexOf('*/', input.offset, 'latin1');
    // The last byte may be the first half of the end.
    input.offset = end === -1 ? input.buffer.length - 1 : end + 2;
    if (end !== -1) state = 'between';
    return end !== -1;
  }

  /** `DELIMITER ;;` is a command for the client, and ends with its line. */
  function delimiterLine(): boolean {
    const end = input.buffer.indexOf(NEWLINE, input.offset);
    if (end === -1) return false;
    const [text] = input.buffer.toString('latin1', input.offset, end).trim().split(/\s/);
    if (text) delimiter = Buffer.from(text, 'latin1');
    input.offset = end;
    state = 'between';
    return true;
  }

  return {
    feed,
    /** @throws ImportError if the dump ends in the middle of a statement or of a comment. */
    finish(): void {
      input.isLast = true;
      // The last word or comment ends here.
      feed(Buffer.from('\n'));
      if (isInStatement || state !== 'between') throw cutOff();
    },
    /** Skips the rest of the statement. */
    skip(): void {
      isSkipping = true;
    },
    /** Turns the omission of quoted texts on or off. */
    drop(isDropped: boolean): void {
      isDropping = isDropped;
    },
    line: (): number => input.line(),
  };
}
