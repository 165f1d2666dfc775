import type { AuditEventName, RecordedEvent } from '../audit/audit-events';
import type { Visit } from './console-access';
import { queryText } from './console-form';

/**
 * Returns what `?done=` says, or `undefined` if the user has not just done that. `proofs` has the
 * event for each value. Without this check, a link could make a page say that something was done.
 */
export async function doneIn(
  { request, justDid }: Visit,
  proofs: Readonly<Record<string, AuditEventName>>,
  isMeant: (entry: RecordedEvent) => boolean,
): Promise<string | undefined> {
  const done = queryText(request, 'done') ?? '';
  const event = Object.hasOwn(proofs, done) ? proofs[done] : undefined;
  if (event === undefined) return undefined;
  return (await justDid(event)).some(isMeant) ? done : undefined;
}

/** Returns the id of the account that an event changed. */
export const accountOf = ({ detail }: RecordedEvent): number | undefined =>
  'userId' in detail ? detail.userId : undefined;
