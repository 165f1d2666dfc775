/** What reads the tokens of a statement. */
export interface TokenReader {
  /** A keyword, a number or a name without quotation marks. */
  readonly word: (text: string) => void;
  /** What stands in quotation marks, without escapes. The bytes are valid only during the call. */
  readonly quoted: (mark: number, bytes: Buffer) => void;
  /** Any other character. */
  readonly sign: (code: number) => void;
  readonly end: () => void;
}
