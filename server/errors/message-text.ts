/**
 * A text in `views/messages/`: its key, and the values of its placeholders. Errors carry it, and
 * the page or the command line that shows the error renders it in its language.
 */
export interface MessageText {
  readonly key: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** A text about the value in one field of a form. */
export interface FieldText extends MessageText {
  /** The name of the field. */
  readonly field: string;
}
