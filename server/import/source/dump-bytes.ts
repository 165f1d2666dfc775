/** The bytes that mean something in a dump. */
export const QUOTE = 0x27;
export const DOUBLE_QUOTE = 0x22;
export const BACKTICK = 0x60;
export const BACKSLASH = 0x5c;
export const NEWLINE = 0x0a;
export const SEMICOLON = 0x3b;
export const SLASH = 0x2f;
export const STAR = 0x2a;
export const MINUS = 0x2d;
export const PLUS = 0x2b;
export const HASH = 0x23;
export const DOT = 0x2e;
export const COMMA = 0x2c;
export const OPEN = 0x28;
export const CLOSE = 0x29;

const table = (is: (character: string, code: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, code) => Number(is(String.fromCharCode(code), code)));

/** 1 for each byte of a word. */
export const WORD = table((character, code) => /[\w$]/.test(character) || code >= 0x80);
export const BLANK = table((_, code) => code <= 0x20);
/** Bytes that can end a statement or hide its end. */
export const STOPS = table((character) => /['"`;/*#-]/.test(character));
/** Escapes that keep their backslash: `\%` and `\_`. */
export const KEEPS_BACKSLASH = table((character) => /[%_]/.test(character));

const ESCAPES: Readonly<Record<string, number>> = { 0: 0, b: 8, n: 10, r: 13, t: 9, Z: 26 };

/** Returns what a character means after a backslash (MySQL 8.0 manual, "String Literals"). */
export const unescaped = (code: number): number => ESCAPES[String.fromCharCode(code)] ?? code;
