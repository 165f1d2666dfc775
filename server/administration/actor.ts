/** Who changes something and by which way; it goes into the audit. */
export interface Actor {
  /** `console` or `command line`. */
  readonly how: string;
  /** Absent on the command line, which knows nobody. */
  readonly userId?: number | undefined;
  readonly login?: string | undefined;
  readonly address?: string | undefined;
}

/** The members of an audit entry that say who it was. */
export const auditedAs = ({ userId, login, address }: Actor) => ({ userId, login, address });
