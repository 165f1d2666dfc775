import type { ChangedBy } from '../audit/audit-events';

/** The person who makes a change, and the way they make it. It becomes part of the audit entry. */
export interface Actor {
  readonly how: Extract<ChangedBy, 'console' | 'command line' | 'sign-in'>;
  /** Unset on the command line, which has no accounts. */
  readonly userId?: number | undefined;
  readonly login?: string | undefined;
  readonly address?: string | undefined;
}

/** Returns the members of an audit entry that identify the actor. */
export const auditedAs = ({ userId, login, address }: Actor) => ({ userId, login, address });
