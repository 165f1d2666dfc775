import type { AuditLog } from '../audit/audit-log';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import type { User } from '../users/user';
import { parseId } from './console-form';

/**
 * Returns the name of the app that lost this key by the user's hand, or `undefined` if it is still
 * connected. The name comes from the history, so a link cannot make the page say something else.
 */
export async function disconnectedApp(
  keyId: string | undefined,
  user: User,
  { audit, keyList }: { audit: AuditLog; keyList: KeyListReader },
): Promise<string | undefined> {
  const id = parseId(keyId);
  if (id === undefined) return undefined;
  const [entry] = await audit.list(1, { event: 'key.revoked', keyId: id });
  if (entry?.event !== 'key.revoked' || entry.userId !== user.userId) return undefined;
  const { appName, callbackOrigin, detail } = entry;
  if (appName === undefined || callbackOrigin === undefined || detail.owner === undefined) return undefined;
  const left = await keyList.totals({ appName, callbackOrigin, userId: detail.owner });
  return left.length === 0 ? appName : undefined;
}
